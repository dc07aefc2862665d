#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "parse/parse.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/terminal.h"
#include "report/walk.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/mutants.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/run_case.h"

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
  return jobs;
}

CaseResult run_job(const Job& job, const RunOptions& options) {
  return job.mutant ? run_mutant(*job.c, *job.mutant, job.backend, {.reaper = options.reaper})
                    : run_case(*job.c, job.backend, options);
}

void show(const CaseResult& result, const RunCommand& command, report::Style style) {
  const std::string story = report::story(result, style);
  fmt::print("{}\n", story.empty() ? report::one_line(result, style) : story);
  if (command.verbose && result.outcome == Outcome::pass)
    for (const FlowSeen& flow : result.seen.flows)
      for (const Walk& walk : flow.walks) fmt::print("{}\n", report::walk_text(walk, style));
  std::fflush(stdout);
}

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

int exit_code(const std::vector<CaseResult>& results) {
  int code = kPassed;
  for (const CaseResult& result : results) {
    if (result.outcome == Outcome::fail) code = std::max<int>(code, kFailed);
    if (result.outcome == Outcome::error)
      code = std::max<int>(code, result.bad_input ? kBadInput : kMachine);
  }
  return code;
}

}  // namespace

int run_command(const RunCommand& command) {
  const std::vector<Case> cases = load_cases(command.paths);
  const std::vector<Job> jobs = plan_jobs(cases, command);
  if (jobs.empty()) {
    complain(cases.empty() ? "error: nothing to run: no case (*.yaml) lies there"
                           : "error: nothing to run: no case is left by --filter and --backend");
    return kNothingRan;
  }
  try_outputs(command);
  leave_host_network();
  const auto start = std::chrono::steady_clock::now();
  const report::Style style{.colour = isatty(STDOUT_FILENO) == 1};
  std::vector<CaseResult> results;
  Reaper reaper;
  for (const Job& job : jobs) {
    results.push_back(run_job(job, {.keep = command.keep, .reaper = &reaper}));
    show(results.back(), command, style);
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  fmt::print("{}\n", report::summary(results, took, style));
  const bool junit_written = write_file(command.junit, report::junit(results));
  const bool json_written = write_file(command.json, report::json(results));
  return junit_written && json_written ? exit_code(results) : kMachine;
}

int validate_command(const std::vector<std::string>& paths) {
  const Loaded loaded = load_everything(paths);
  if (loaded.cases.empty() && loaded.topologies.empty()) {
    complain("error: nothing to validate: no *.yaml lies there");
    return kNothingRan;
  }
  fmt::print("{} cases and {} topologies are well formed\n", loaded.cases.size(),
             loaded.topologies.size());
  return kPassed;
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
