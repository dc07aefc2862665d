// fwproof run --record and --update: what was seen, written into the case.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "judge/record.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "parse/yaml_edit.h"
#include "report/diff.h"
#include "report/terminal.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/run_case.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;
using parse::Yaml;

/// What differs from run to run, such as what a rule picks by chance, shows itself in so many.
constexpr int kRuns = 4;

/// All runs of a case, on each of its backends.
struct Observed {
  std::vector<std::vector<judge::Recorded>> runs;
  std::vector<Finding> findings;       // of any run, each once
  std::optional<CaseResult> unusable;  // the run that was an error or was skipped
};

std::vector<Backend> backends_of(const Case& c, const RunCommand& command) {
  std::vector<Backend> backends;
  for (const Backend backend : c.backends)
    if (command.backend.empty() || to_string(backend) == command.backend)
      backends.push_back(backend);
  return backends;
}

bool is_known(const std::vector<Finding>& all, const Finding& one) {
  return std::any_of(all.begin(), all.end(), [&](const Finding& other) {
    return other.flow == one.flow && other.check == one.check && other.at == one.at;
  });
}

Observed observe(const Case& c, const RunCommand& command) {
  Observed observed;
  for (const Backend backend : backends_of(c, command))
    for (int i = 0; i < kRuns; ++i) {
      CaseResult result = run_case(c, backend, {});
      if (result.outcome == Outcome::error || result.outcome == Outcome::skip) {
        observed.unusable = std::move(result);
        return observed;
      }
      observed.runs.push_back(judge::record(c, backend, result.seen));
      for (Finding& finding : result.findings)
        if (!is_known(observed.findings, finding)) observed.findings.push_back(std::move(finding));
    }
  return observed;
}

parse::YamlEdit::Path in_checks(const std::vector<std::string>& path) {
  parse::YamlEdit::Path whole{"checks"};
  whole.insert(whole.end(), path.begin(), path.end());
  return whole;
}

/// Puts what was seen in the place of checks that did not hold.
class Updater {
 public:
  Updater(parse::YamlEdit& edit, const judge::Agreed& seen) : edit_(edit), seen_(seen) {}

  void update(const Finding& finding) {
    const auto words = split_words(finding.check);
    const std::string& kind = words.front();
    bool done = false;
    if (finding.flow.empty()) {
    } else if (kind == "walk" && words.size() > 2) {
      const std::string packet =
          finding.check.substr(kind.size() + words[1].size() + 2);  // "reply data 2"
      done = put({finding.flow, kind, words[1], packet});
    } else if (kind == "conntrack" && words.size() == 2) {
      done = put_entry({finding.flow, kind, words[1]});
    } else if (std::find(judge::kRecordedTexts.begin(), judge::kRecordedTexts.end(),
                         finding.check) != judge::kRecordedTexts.end()) {
      done = put({finding.flow, finding.check});
    }
    if (!done) left_.push_back(finding);
  }

  const std::vector<Finding>& left() const { return left_; }

 private:
  /// What was seen at the path; where nothing was, its key goes.
  bool put(const std::vector<std::string>& path) {
    const Yaml* old = edit_.find(in_checks(path));
    if (!old || old->is_map() || seen_.differs(path)) return false;
    const judge::Recorded* now = seen_.find(path);
    if (!now) return edit_.remove(in_checks(path));
    return edit_.replace(in_checks(path), now->value, now->list);
  }

  bool put_entry(const std::vector<std::string>& path) {
    const Yaml* old = edit_.find(in_checks(path));
    if (!old) return false;
    const auto of = [&](const std::string& field) {
      std::vector<std::string> whole = path;
      whole.push_back(field);
      return whole;
    };
    if (seen_.find(path))
      return edit_.replace(in_checks(path), {"none"}, false) || edit_.remove(in_checks(path));
    const judge::Recorded* status = seen_.find(of("every status"));
    if (!old->is_map() || !status || old->find("events")) return false;
    for (const char* field : {"original", "reply", "state", "mark", "zone"}) {
      const Yaml* value = old->find(field);
      if (!value || is_within(*value, seen_.find(of(field)))) continue;
      if (!put(of(field))) return false;
      old = edit_.find(in_checks(path));
    }
    return !old->find("status") || put_status(of("status"), status->value);
  }

  static bool is_within(const Yaml& old, const judge::Recorded* now) {
    return now && (old.scalar == now->value.front() || old.scalar == now->vaguer);
  }

  /// The bits that the case speaks of, as they are.
  bool put_status(const std::vector<std::string>& path, const std::vector<std::string>& set) {
    const Yaml& old = *edit_.find(in_checks(path));
    std::vector<const Yaml*> items;
    if (old.is_scalar()) items.push_back(&old);
    for (const Yaml& item : old.items) items.push_back(&item);
    std::vector<std::string> words;
    bool same = true;
    for (const Yaml* item : items) {
      const std::string name = item->scalar.substr(item->scalar.starts_with('!') ? 1 : 0);
      words.push_back(std::find(set.begin(), set.end(), name) == set.end() ? "!" + name : name);
      same = same && words.back() == item->scalar;
    }
    return same || edit_.replace(in_checks(path), words, old.is_list());
  }

  parse::YamlEdit& edit_;
  const judge::Agreed& seen_;
  std::vector<Finding> left_;
};

/// A file beside the one that it may replace; gone if it does not.
class Trial {
 public:
  Trial(const fs::path& place, const std::string& text)
      : path_(place.parent_path() / fmt::format(".{}.new", place.filename().string())) {
    errno = 0;
    std::ofstream file(path_, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw refused(path_, errno != 0 ? errno : EIO);
    std::error_code error;
    fs::permissions(path_, fs::status(place).permissions(), error);
  }
  ~Trial() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  Trial(Trial&&) = delete;
  Trial& operator=(Trial&&) = delete;

  const fs::path& path() const { return path_; }

  void replace(const fs::path& place) const {
    std::error_code error;
    fs::rename(path_, place, error);
    if (error) throw refused(place, error.value());
  }

 private:
  static MachineError refused(const fs::path& path, int error_number) {
    return MachineError::from_errno("write '" + path.string() + "'", error_number,
                                    "a case can be recorded in a folder that you may write to");
  }

  fs::path path_;
};

/// One file, from what was seen to what is written.
class Recording {
 public:
  Recording(const Case& c, const RunCommand& command) : case_(c), command_(command) {}

  ExitCode run() {
    const std::string before = parse::read_file(case_.file, parse::kMaxYamlBytes);
    const bool is_new = case_.checks.empty();
    const Observed observed = observe(case_, command_);
    if (observed.unusable) return refuse(*observed.unusable);
    const judge::Agreed seen = judge::agreed(observed.runs);
    parse::YamlEdit edit(case_.file, before);
    Updater updater(edit, seen);
    if (is_new && !edit.insert_after("flows", judge::checks_text(seen.checks)))
      return refuse("its keys stand in brackets, where no lines can be put");
    for (const Finding& finding : observed.findings) updater.update(finding);
    if (is_new) tell_differing(seen);
    if (edit.text() == before && updater.left().empty()) {
      fmt::print("same  {}\n", printable(case_.name));
      return kPassed;
    }
    fmt::print("{}", report::diff(case_.file, before, edit.text()));
    return is_new || command_.update ? write(edit.text(), updater.left()) : only_shown();
  }

 private:
  ExitCode refuse(const CaseResult& result) {
    fmt::print("{}\n", report::story(result, {}).empty() ? report::one_line(result, {})
                                                         : report::story(result, {}));
    if (result.outcome == Outcome::skip) return kPassed;
    return result.bad_input ? kBadInput : kMachine;
  }

  ExitCode refuse(const std::string& why) {
    complain(fmt::format("{}: error: the case cannot be recorded: {}", printable(case_.file), why));
    return kBadInput;
  }

  void tell_differing(const judge::Agreed& seen) {
    for (const judge::Recorded& one : seen.differing)
      if (one.usual)
        fmt::print("left out: '{}' differs from run to run or between backends\n",
                   printable(fmt::format("{}", fmt::join(one.path, " "))));
  }

  ExitCode only_shown() {
    fmt::print("not written: {} has checks that do not hold; --update writes what was seen\n",
               printable(case_.file));
    return kFailed;
  }

  /// Writes a file beside the case, tries it, and puts it in the case's place.
  ExitCode write(const std::string& text, const std::vector<Finding>& left) {
    const fs::path place = fs::canonical(case_.file);
    const Trial trial(place, text);
    const ExitCode code = try_out(trial.path().string(), left.empty());
    if (code != kPassed) return code;
    trial.replace(place);
    fmt::print("written  {}\n", printable(case_.file));
    for (const Finding& finding : left)
      fmt::print("{}:{}: left as it is: '{}' of '{}' does not hold, and is for you to change\n",
                 printable(finding.at.file), finding.at.line, printable(finding.check),
                 printable(finding.flow.empty() ? case_.name : finding.flow));
    return left.empty() ? kPassed : kFailed;
  }

  /// What is left makes the case fail, so then it is only read.
  ExitCode try_out(const std::string& file, bool run) {
    for (Case& c : load_case(file, fs::path(file).parent_path().string())) {
      if (!run) continue;
      c.name = case_.name;
      for (const Backend backend : backends_of(c, command_)) {
        const CaseResult result = run_case(c, backend, {});
        if (result.outcome == Outcome::pass) continue;
        fmt::print("{}\n", report::story(result, {}));
        complain(fmt::format("{}: error: what was seen is not seen again, so nothing is written",
                             printable(case_.file)));
        return kFailed;
      }
    }
    return kPassed;
  }

  const Case& case_;
  const RunCommand& command_;
};

}  // namespace

int record_command(const RunCommand& command) {
  std::vector<Case> cases = load_cases(command.paths, parse::Checks::optional);
  std::erase_if(cases, [&](const Case& c) {
    return c.name.find(command.filter) == std::string::npos || backends_of(c, command).empty();
  });
  Diagnostics wrong;
  for (const Case& c : cases) {
    const std::string why = !c.row.empty()    ? "it has rows, whose checks are one text for all"
                            : c.flows.empty() ? "it has no flows"
                                              : "";
    const Diagnostic refused{.file = c.file, .message = "the case cannot be recorded: " + why};
    if (!why.empty() && (wrong.empty() || wrong.back() != refused)) wrong.push_back(refused);
  }
  if (!wrong.empty()) throw BadInput(std::move(wrong));
  if (cases.empty()) {
    complain("error: nothing to record: no case (*.yaml) lies there");
    return kNothingRan;
  }
  leave_host_network();
  int code = kPassed;
  for (const Case& c : cases) code = std::max<int>(code, Recording(c, command).run());
  return code;
}

}  // namespace fwproof::run
