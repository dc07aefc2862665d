#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "parse/parse.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/terminal.h"
#include "report/walk.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/mutants.h"
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

void write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw MachineError("write '" + path + "'", "the file cannot be written",
                       "name a file in a folder that exists and that you may write to");
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
    fmt::print(stderr, "error: nothing to run: {}\n",
               cases.empty() ? "no case (*.yaml) lies there"
                             : "no case is left by --filter and --backend");
    return kNothingRan;
  }
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
  write_file(command.junit, report::junit(results));
  write_file(command.json, report::json(results));
  return exit_code(results);
}

int validate_command(const std::vector<std::string>& paths) {
  const Loaded loaded = load_everything(paths);
  if (loaded.cases.empty() && loaded.topologies.empty()) {
    fmt::print(stderr, "error: nothing to validate: no *.yaml lies there\n");
    return kNothingRan;
  }
  fmt::print("{} cases and {} topologies are well formed\n", loaded.cases.size(),
             loaded.topologies.size());
  return kPassed;
}

int list_command(const std::vector<std::string>& paths) {
  const std::vector<Case> cases = load_cases(paths);
  if (cases.empty()) {
    fmt::print(stderr, "error: nothing to list: no case (*.yaml) lies there\n");
    return kNothingRan;
  }
  size_t width = 0;
  for (const Case& c : cases) width = std::max(width, c.name.size());
  for (const Case& c : cases) {
    std::string backends;
    for (const Backend backend : c.backends)
      backends += (backends.empty() ? "" : ", ") + std::string(to_string(backend));
    fmt::print("{:<{}}  [{}]\n    {}\n", printable(c.name), width, backends, printable(c.about));
  }
  return kPassed;
}

}  // namespace fwproof::run
