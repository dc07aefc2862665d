#include "run/try_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.h"
#include "lab/lab.h"
#include "lab/rules.h"
#include "run/features.h"
#include "run/privilege.h"
#include "run/workers.h"

namespace fwproof::run {
namespace {

using nlohmann::json;

// A file with more mistakes has another one: it is no file of rules.
constexpr int kMostMistakes = 50;

/// What one node loads, at the start and in steps, as far as it can be loaded without running
/// anything of the user's.
struct NodeLoads {
  std::string node;
  std::vector<const RulesFile*> files;
};

/// The rules of one case on one backend.
struct Ruleset {
  const Case* c = nullptr;
  Backend backend = Backend::iptables_nft;
  std::vector<NodeLoads> nodes;
  std::string key;  // the same for two that need not both be tried
};

/// What is seen on the way through the cases.
struct Left {
  std::set<std::string> scripts;
  std::set<std::string> needs;
  std::set<std::string> cases;  // that need them
  std::set<std::string> broken;
};

NodeLoads& of_node(Ruleset& ruleset, const std::string& node) {
  const auto found = std::find_if(ruleset.nodes.begin(), ruleset.nodes.end(),
                                  [&](const NodeLoads& n) { return n.node == node; });
  if (found != ruleset.nodes.end()) return *found;
  ruleset.nodes.push_back({node, {}});
  return ruleset.nodes.back();
}

/// What the case loads on this backend, up to each node's first script or program: what comes later
/// may need what that does.
Ruleset collect(const Case& c, Backend backend, Left& left) {
  Ruleset ruleset{
      &c,
      backend,
      {},
      fmt::format("{}\n{}\n{}\n", c.topology.file, to_string(backend), fmt::join(c.needs, " "))};
  std::set<std::string> ended;
  const auto add = [&](const std::vector<NodeRules>& rules) {
    for (const NodeRules& node : rules)
      for (const RulesFile& file : node.files) {
        if (file.kind == RulesFile::Kind::script) {
          ended.insert(node.node);
          left.scripts.insert(file.path);
        }
        if (ended.contains(node.node)) continue;
        of_node(ruleset, node.node).files.push_back(&file);
        ruleset.key += fmt::format("{}\n{}\n{}\n{}\n", node.node, file.path,
                                   static_cast<int>(file.family), file.text);
      }
  };
  if (const auto first = c.rules.find(backend); first != c.rules.end()) add(first->second);
  for (const CaseStep& step : c.steps) {
    if (step.kind == CaseStep::Kind::exec) {
      ended.insert(step.node);
      left.scripts.insert(fmt::format("{}:{}", step.at.file, step.at.line));
    }
    if (const auto later = step.rules.find(backend); later != step.rules.end()) add(later->second);
  }
  return ruleset;
}

std::vector<Ruleset> distinct(const std::vector<Case>& cases, Left& left) {
  std::vector<Ruleset> all;
  std::set<std::string> known;
  for (const Case& c : cases)
    for (const Backend backend : c.backends) {
      Ruleset ruleset = collect(c, backend, left);
      if (!ruleset.nodes.empty() && known.insert(ruleset.key).second)
        all.push_back(std::move(ruleset));
    }
  return all;
}

/// Makes a comment of the line if it holds one rule or one element, which nothing else needs.
bool leave_out(RulesFile& file, int line) {
  size_t start = 0;
  for (int i = 1; i < line && start != file.text.npos; ++i) {
    start = file.text.find('\n', start);
    if (start != file.text.npos) ++start;
  }
  if (line < 1 || start == file.text.npos) return false;
  const std::string_view rest = std::string_view(file.text).substr(start);
  const char* const kBegins[] = {"-A ", "-I ", "add "};
  if (std::none_of(std::begin(kBegins), std::end(kBegins),
                   [&](const char* begin) { return rest.starts_with(begin); }))
    return false;
  file.text[start] = '#';
  return true;
}

/// Loads the file, without the rules that are wrong where the tool stops at the first: so that all
/// are found. False if it was not loaded at all.
bool load_what_is_right(const lab::Lab& lab, const std::string& node, Backend backend,
                        RulesFile file, Diagnostics& mistakes) {
  for (int i = 0; i < kMostMistakes; ++i) {
    try {
      lab::load_rules(lab.netns(node), node, backend, file);
      return true;
    } catch (const BadInput& bad) {
      mistakes.insert(mistakes.end(), bad.diagnostics().begin(), bad.diagnostics().end());
      if (file.kind == RulesFile::Kind::nft || !leave_out(file, bad.diagnostics().front().line))
        return false;
    }
  }
  return false;
}

/// What came of one ruleset.
struct Answer {
  std::string missing;  // a feature that its case needs and that is not there
  Diagnostics mistakes;
};

Answer load(const Ruleset& ruleset) {
  Answer answer;
  if (const std::string missing = missing_feature(ruleset.c->needs); !missing.empty()) {
    answer.missing = split_words(missing.substr(0, missing.find(':'))).back();
    return answer;
  }
  const lab::Lab lab(ruleset.c->topology);
  for (const NodeLoads& node : ruleset.nodes) {
    bool no_set = false;  // what names it would be refused for that alone
    bool no_nft = false;
    for (const RulesFile* file : node.files) {
      const bool nft = file->kind == RulesFile::Kind::nft;
      if (no_set || (nft && no_nft)) continue;
      if (load_what_is_right(lab, node.node, ruleset.backend, *file, answer.mistakes)) continue;
      no_set = file->kind == RulesFile::Kind::ipset;
      no_nft = no_nft || nft;
    }
  }
  return answer;
}

/// CBOR takes any bytes, whatever encoding a file has.
std::string packed(const Answer& answer) {
  json mistakes = json::array();
  for (const Diagnostic& d : answer.mistakes)
    mistakes.push_back({d.file, d.line, d.column, d.message, d.source_line, d.hint, d.caret_note});
  const std::vector<uint8_t> bytes = json::to_cbor({answer.missing, mistakes});
  return {bytes.begin(), bytes.end()};
}

Answer unpacked(const std::string& bytes) {
  const json all = json::from_cbor(bytes);
  Answer answer;
  answer.missing = all[0];
  for (const json& d : all[1])
    answer.mistakes.push_back({.file = d[0],
                               .line = d[1],
                               .column = d[2],
                               .message = d[3],
                               .source_line = d[4],
                               .hint = d[5],
                               .caret_note = d[6]});
  return answer;
}

bool same_place(const Diagnostic& a, const Diagnostic& b) {
  return a.file == b.file && a.line == b.line && a.column == b.column;
}

/// A mistake in one place is said once: both kinds of iptables refuse most of them.
void add_new(const Diagnostics& found, Diagnostics& all) {
  for (const Diagnostic& d : found)
    if (std::none_of(all.begin(), all.end(), [&](const Diagnostic& known) {
          return known == d || (d.line > 0 && same_place(known, d));
        }))
      all.push_back(d);
}

std::string counted(size_t number, const char* one, const char* several) {
  return fmt::format("{} {}", number, number == 1 ? one : several);
}

std::vector<std::string> in_words(const Left& left) {
  std::vector<std::string> words;
  if (!left.scripts.empty())
    words.push_back(counted(left.scripts.size(), "script or program and what is loaded after it",
                            "scripts and programs and what is loaded after them"));
  if (!left.cases.empty())
    words.push_back(fmt::format("the rules of {} what this kernel lacks ({})",
                                counted(left.cases.size(), "case that needs", "cases that need"),
                                fmt::join(left.needs, ", ")));
  words.insert(words.end(), left.broken.begin(), left.broken.end());
  return words;
}

}  // namespace

TriedRules try_rules(const std::vector<Case>& cases) {
  TriedRules tried;
  try {
    leave_host_network();
    Left left;
    const std::vector<Ruleset> rulesets = distinct(cases, left);
    std::vector<Answer> found(rulesets.size());
    Work work;
    work.count = rulesets.size();
    work.processes = processors();
    work.piece = [&](size_t i) { return packed(load(rulesets[i])); };
    work.answered = [&](size_t i, const std::string& bytes) { found[i] = unpacked(bytes); };
    work.lost = [&](size_t, const std::string& why) { left.broken.insert(printable(why)); };
    if (work.count > 0) tried.signal = in_processes(work);
    for (size_t i = 0; i < found.size(); ++i) {
      add_new(found[i].mistakes, tried.mistakes);
      if (found[i].missing.empty()) continue;
      left.needs.insert(found[i].missing);
      left.cases.insert(rulesets[i].c->name);
    }
    tried.unchecked = in_words(left);
  } catch (const MachineError& no) {
    tried.unchecked = {"all that only it refuses (" + printable(no.what()) + ")"};
  }
  return tried;
}

}  // namespace fwproof::run
