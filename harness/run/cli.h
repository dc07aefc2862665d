// The command line. Each command is one function; cli.cc only reads the words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwproof::run {

/// What a command ends with, as documented in the README.
enum ExitCode : int {
  kPassed = 0,
  kFailed = 1,      // a check did not hold
  kBadInput = 2,    // a file or the command line is wrong
  kMachine = 3,     // the machine said no
  kNothingRan = 4,  // no case was found, or all were skipped
  kSignal = 128,    // and the number of a signal that ended a run early: 130 after Ctrl-C
};

struct RunCommand {
  std::vector<std::string> paths;
  std::string filter;   // part of a case's name
  std::string backend;  // empty: each case's own
  std::string keep;
  std::string junit;
  std::string json;
  size_t processes = 1;             // that run cases at a time
  std::optional<uint32_t> shuffle;  // seed: in an order that it decides
  bool mutants = false;
  bool isolate = false;  // each case in a network that no other has had
  bool verbose = false;  // the walks of green cases too
  bool record = false;   // write what was seen into cases without checks
  bool update = false;   // and in place of checks that do not hold
};
int run_command(const RunCommand& command);
int record_command(const RunCommand& command);

struct TraceCommand {
  std::string topology;
  std::vector<std::string> rules;   // NODE=FILE
  std::vector<std::string> rules6;  // NODE=FILE, for ip6tables
  std::string backend;
  std::string flow;
  std::string keep;
};
int trace_command(const TraceCommand& command);

struct ClaimsCommand {
  std::string path;      // empty: the shipped claims
  bool page = false;     // as Markdown
  bool verbose = false;  // all there is to say of each claim
};
int claims_command(const ClaimsCommand& command);

struct NewCommand {
  std::string topology;
  std::string file;  // empty: standard output
};
int new_command(const NewCommand& command);

struct ValidateCommand {
  std::vector<std::string> paths;
  bool no_kernel = false;  // only what can be read
};
int validate_command(const ValidateCommand& command);

int list_command(const std::vector<std::string>& paths);
int doctor_command();

/// Reads the words, runs the command, turns what it throws into a message and an exit code.
int main_program(int argc, char** argv);

}  // namespace fwproof::run
