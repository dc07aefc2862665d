#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "parse/parse.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/terminal.h"
#include "report/told.h"
#include "run/cli.h"
#include "run/keep.h"
#include "run/load.h"
#include "run/mutants.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/progress.h"
#include "run/run_case.h"
#include "run/workers.h"

namespace fwproof::run {
namespace {

/// One thing to run: a case on a backend, or one of its mutants.
struct Job {
  const Case* c;
  Backend backend;
  const Mutant* mutant;
};

std::vector<Job> plan_jobs(const std::vector<Case>& cases, const RunCommand& command) {
  std::vector<Job> jobs;
  for (const Case& c : cases) {
    if (c.name.find(command.filter) == std::string::npos) continue;
    for (const Backend backend : c.backends) {
      if (!command.backend.empty() && to_string(backend) != command.backend) continue;
      if (!command.mutants) jobs.push_back({&c, backend, nullptr});
      if (command.mutants)
        for (const Mutant& mutant : c.mutants) jobs.push_back({&c, backend, &mutant});
    }
  }
  if (command.shuffle) std::shuffle(jobs.begin(), jobs.end(), std::mt19937(*command.shuffle));
  return jobs;
}

/// Why there are no jobs.
std::string why_nothing(const std::vector<Case>& cases, RunCommand command) {
  if (cases.empty()) return "no case (*.yaml) lies there";
  const bool wants_mutants = std::exchange(command.mutants, false);
  if (wants_mutants && !plan_jobs(cases, command).empty())
    return "no case that is left has a mutant\n"
           "hint: 'mutant' in a case names a change that must turn it red";
  return "no case is left by --filter and --backend";
}

CaseResult run_job(const Job& job, const RunOptions& options) {
  return job.mutant ? run_mutant(*job.c, *job.mutant, job.backend, {.reaper = options.reaper})
                    : run_case(*job.c, job.backend, options);
}

/// The result of a job whose process did not come to its end.
CaseResult broken_off(const Job& job, const std::string& why) {
  CaseResult result;
  result.name = job.c->name;
  if (job.mutant) result.name += fmt::format(" (mutant: {})", describe(*job.mutant));
  result.about = job.c->about;
  result.backend = job.backend;
  result.at = job.mutant ? job.mutant->at : job.c->at;
  result.outcome = Outcome::error;
  result.error = "run the case: " + printable(why);
  return result;
}

/// What came of the jobs, as it becomes known. Told in the order of the jobs, whichever ends first.
class Results {
 public:
  Results(size_t jobs, bool live) : told_(jobs), progress_(jobs, live) {}

  void add(size_t job, report::Told told) {
    progress_.count(told.outcome == Outcome::fail || told.outcome == Outcome::error);
    told_[job] = std::move(told);
    std::string lines;
    for (; next_ < told_.size() && told_[next_]; ++next_) lines += told_[next_]->terminal;
    if (!lines.empty()) progress_.print(lines);
  }

  /// After an early end: also of jobs after one that has not ended.
  void print_rest() {
    std::string lines;
    for (; next_ < told_.size(); ++next_)
      if (told_[next_]) lines += told_[next_]->terminal;
    if (!lines.empty()) progress_.print(lines);
  }

  std::vector<report::Told> take() {
    std::vector<report::Told> all;
    for (auto& told : told_)
      if (told) all.push_back(std::move(*told));
    return all;
  }

 private:
  std::vector<std::optional<report::Told>> told_;
  size_t next_ = 0;  // the first that is not printed
  Progress progress_;
};

MachineError unwritable(const std::string& path, int error_number) {
  return MachineError::from_errno("write '" + path + "'", error_number,
                                  "name a place that exists and that you may write to");
}

/// Says so if what the command line asks for cannot be written: before the work, not after it.
void try_outputs(const RunCommand& command) {
  for (const std::string& path : {command.junit, command.json})
    if (!path.empty() &&
        !UniqueFd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)).valid())
      throw unwritable(path, errno);
  if (command.keep.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(command.keep, error);
  if (!error && access(command.keep.c_str(), W_OK | X_OK) != 0)
    error.assign(errno, std::generic_category());
  if (error) throw unwritable(command.keep, error.value());
}

/// False after a message if the file cannot be written.
bool write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) complain(unwritable(path, errno != 0 ? errno : EIO));
  return !file.fail();
}

int exit_code(const std::vector<report::Told>& results) {
  const bool ran = std::any_of(results.begin(), results.end(), [](const report::Told& told) {
    return told.outcome != Outcome::skip;
  });
  int code = ran ? kPassed : kNothingRan;
  for (const report::Told& told : results) {
    if (told.outcome == Outcome::fail) code = std::max<int>(code, kFailed);
    if (told.outcome == Outcome::error)
      code = std::max<int>(code, told.bad_input ? kBadInput : kMachine);
  }
  return code;
}

/// Runs the jobs in processes of their own; returns the signal that ended it early, or 0.
int run_jobs(const std::vector<Job>& jobs, const RunCommand& command, const report::Style& style,
             Results& results) {
  const report::Telling telling{.style = style,
                                .walks = command.verbose,
                                .junit = !command.junit.empty(),
                                .json = !command.json.empty()};
  std::optional<Keep> keep;
  if (!command.keep.empty()) keep.emplace(command.keep);
  // One of each in each process: threads are not forked along.
  std::optional<Reaper> reaper;
  std::optional<KeptNetworks> networks;
  // One that may be kept takes some 10 ms more to end (observe/trace_table.h): not for one case.
  const bool shares = !command.isolate && jobs.size() > command.processes;
  Work work;
  work.count = jobs.size();
  work.processes = command.processes;
  work.piece = [&](size_t i) {
    if (!reaper) networks.emplace(reaper.emplace());
    const RunOptions options{.keep = keep ? &*keep : nullptr,
                             .reaper = &*reaper,
                             .elements = command.verbose || !command.json.empty(),
                             .networks = shares ? &*networks : nullptr};
    return report::packed(report::tell(run_job(jobs[i], options), telling));
  };
  work.answered = [&](size_t i, const std::string& text) {
    results.add(i, report::unpacked(text));
  };
  work.lost = [&](size_t i, const std::string& why) {
    results.add(i, report::tell(broken_off(jobs[i], why), telling));
  };
  work.at_end = [&] {
    networks.reset();
    reaper.reset();
  };
  return in_processes(work);
}

/// False after a message if a report cannot be written.
bool write_reports(const RunCommand& command, const std::vector<report::Told>& results) {
  const bool junit_written = write_file(command.junit, report::junit(results));
  const bool json_written = write_file(command.json, report::json(results));
  return junit_written && json_written;
}

void print_networks(const std::vector<report::Told>& results) {
  std::map<RanIn, size_t> cases;
  for (const report::Told& told : results)
    if (told.outcome != Outcome::skip) ++cases[told.ran_in];
  const size_t with_rules = cases[RanIn::kept_network_and_rules];
  fmt::print("networks: {} built, {} kept from an earlier case, {} of them with its rules\n",
             cases[RanIn::new_network], cases[RanIn::kept_network] + with_rules, with_rules);
}

/// Runs them and reports; the exit code.
int run_and_report(const std::vector<Job>& jobs, const RunCommand& command) {
  const auto start = std::chrono::steady_clock::now();
  const report::Style style{.colour = isatty(STDOUT_FILENO) == 1};
  std::optional<Results> running(std::in_place, jobs.size(), style.colour);
  int signal = 0;
  try {
    signal = run_jobs(jobs, command, style, *running);
    if (signal != 0) running->print_rest();
  } catch (const std::exception&) {  // nobody hears more of it, or no process can be made
    write_reports(command, running->take());
    throw;
  }
  const std::vector<report::Told> results = running->take();
  running.reset();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  fmt::print("{}\n", report::summary(results, took, style));
  if (command.verbose) print_networks(results);
  if (!write_reports(command, results)) return kMachine;
  if (signal == 0) return exit_code(results);
  complain(fmt::format("error: ended by SIG{}: {} of {} ran", sigabbrev_np(signal), results.size(),
                       jobs.size()));
  return kSignal + signal;
}

}  // namespace

int run_command(const RunCommand& command) {
  const std::vector<Case> cases = load_cases(command.paths);
  const std::vector<Job> jobs = plan_jobs(cases, command);
  if (jobs.empty()) {
    complain("error: nothing to run: " + why_nothing(cases, command));
    return kNothingRan;
  }
  try_outputs(command);
  leave_host_network();
  return run_and_report(jobs, command);
}

int list_command(const std::vector<std::string>& paths) {
  const std::vector<Case> cases = load_cases(paths);
  if (cases.empty()) {
    complain("error: nothing to list: no case (*.yaml) lies there");
    return kNothingRan;
  }
  size_t width = 0;
  for (const Case& c : cases) width = std::max(width, c.name.size());
  for (const Case& c : cases) {
    std::string backends;
    for (const Backend backend : c.backends)
      backends += (backends.empty() ? "" : ", ") + std::string(to_string(backend));
    fmt::print("{:<{}}  [{}]\n    {}\n", printable(c.name), width, backends,
               printable(trim(c.about)));
  }
  return kPassed;
}

}  // namespace fwproof::run
