#include "run/cli.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <new>
#include <system_error>

#include "base/error.h"
#include "base/text.h"
#include "model/netfilter.h"
#include "parse/parse.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/workers.h"

namespace fwproof::run {
namespace {

constexpr const char* kAbout =
    "fwproof proves what a firewall does: it builds the network of a case out of namespaces, "
    "loads\n"
    "your rules, sends real packets, and checks each packet's whole walk against the kernel's "
    "word.";

constexpr const char* kExits =
    "exit codes:\n"
    "  0  everything held       1  a check did not hold   2  a file or the command line is wrong\n"
    "  3  the machine said no   4  nothing ran            128 + signal: ended early";

constexpr size_t kMostProcesses = 256;

/// The shipped topologies lie above the program, wherever it was built.
void find_data_root() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error);
  while (!error && folder.has_relative_path()) {
    folder = folder.parent_path();
    if (std::filesystem::is_directory(folder / "topologies", error))
      return parse::set_data_root(folder.string());
    error.clear();
  }
}

/// Runs the command and turns what it throws into a message and an exit code.
int guarded(const std::function<int()>& command) {
  try {
    const int code = command();
    finish_output();
    return code;
  } catch (const BadInput& bad) {
    complain(bad.what());
    return kBadInput;
  } catch (const MachineError& no) {
    complain(no);
  } catch (const std::system_error& no) {
    const bool printing = std::ferror(stdout) != 0;
    complain(MachineError(printing ? "write to standard output" : "run the command",
                          printing ? no.code().message() : no.what()));
  } catch (const std::bad_alloc&) {
    complain("error: out of memory");
  } catch (const std::exception& unexpected) {
    complain("error: " + printable(unexpected.what()));
  }
  return kMachine;
}

/// CLI11 alone would say that a command is missing, not which word is none.
void refuse_unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return;
  throw BadInput({{.file = "command line",
                   .message = fmt::format("unknown command '{}'", argv[1]),
                   .hint = fmt::format("the commands are {}", fmt::join(names, ", ")),
                   .caret_note = did_you_mean(argv[1], names)}});
}

std::string backend_fault(const std::string& word) {
  if (parse_backend(word)) return {};
  const std::string note = did_you_mean(word, backend_names());
  return printable(fmt::format("unknown backend '{}'{}; the backends are {}", word,
                               note.empty() ? "" : " (" + note + ")",
                               fmt::join(backend_names(), ", ")));
}

void add_run(CLI::App& app, RunCommand& options) {
  CLI::App* run = app.add_subcommand("run", "Run cases: files, or folders of them");
  run->add_option("PATH", options.paths, "case files or folders")->required();
  run->add_option("--filter", options.filter, "only cases whose name contains this");
  run->add_option("--backend", options.backend, "only this backend")->check(backend_fault);
  options.processes = processors();
  run->add_option("-j,--jobs", options.processes, "how many cases run at a time")
      ->check(CLI::Range(size_t{1}, kMostProcesses))
      ->capture_default_str();
  run->add_option("--shuffle", options.shuffle, "run in an order that this number decides");
  run->add_option("--keep", options.keep,
                  "keep evidence (pcap files, walks, rules) under this folder");
  run->add_option("--junit", options.junit, "write the results as JUnit XML to this file");
  run->add_option("--json", options.json, "write the results, walks and all, as JSON to this file");
  run->add_flag("--mutants", options.mutants,
                "run each case's mutants instead: each must turn it red");
  CLI::Option* record = run->add_flag(
      "--record", options.record,
      "write what is seen as checks into cases that have none; where checks do not hold, show it");
  CLI::Option* update =
      run->add_flag("--update", options.update,
                    "write what is seen also in place of checks that do not hold, and show it");
  for (const char* other : {"--mutants", "--keep", "--junit", "--json"}) {
    record->excludes(other);
    update->excludes(other);
  }
  run->add_flag("--isolate", options.isolate,
                "build a network for each case, also where it could share one");
  run->add_flag("-v,--verbose", options.verbose, "print the walks of green cases too");
}

void add_trace(CLI::App& app, TraceCommand& options) {
  CLI::App* trace =
      app.add_subcommand("trace", "Send one flow through a topology and print every packet's walk");
  trace
      ->add_option("TOPOLOGY", options.topology,
                   "a topology: its file, or the name of a shipped one")
      ->required();
  trace->add_option("FLOW", options.flow, "such as 'tcp inside:51234 -> 8.8.8.8:443'")->required();
  trace
      ->add_option("--rules", options.rules,
                   "NODE=FILE, iptables-save or nft text, told apart by its content")
      ->take_all()
      ->allow_extra_args(false);
  trace->add_option("--rules6", options.rules6, "NODE=FILE, ip6tables-save text")
      ->take_all()
      ->allow_extra_args(false);
  trace->add_option("--backend", options.backend, "how iptables rules are loaded")
      ->check(backend_fault);
  trace->add_option("--keep", options.keep, "keep evidence under this folder");
}

void add_claims(CLI::App& app, ClaimsCommand& options) {
  CLI::App* claims =
      app.add_subcommand("claims", "Put claims about netfilter to the kernel and print the ledger");
  claims->add_option("PATH", options.path, "case files or a folder; by default cases/claims");
  claims->add_flag("--page", options.page, "print the ledger as a page in Markdown");
  claims->add_flag("-v,--verbose", options.verbose, "say all there is to say of each claim");
}

void add_new(CLI::App& app, NewCommand& options) {
  CLI::App* start = app.add_subcommand("new", "Start a case from a topology");
  start
      ->add_option("TOPOLOGY", options.topology,
                   "a topology: its file, or the name of a shipped one")
      ->required();
  start->add_option("FILE", options.file, "the case to write; by default it is printed");
}

void add_validate(CLI::App& app, ValidateCommand& options) {
  CLI::App* validate = app.add_subcommand(
      "validate", "Find all mistakes in cases, topologies and rules without running anything");
  validate->add_option("PATH", options.paths, "files or folders")->required();
  validate->add_flag("--no-kernel", options.no_kernel,
                     "do not load the rules of cases: what only the kernel refuses stays unfound");
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(kAbout, "fwproof");
  app.footer(kExits);
  app.require_subcommand(1);
  app.set_version_flag("--version", "fwproof " FWPROOF_VERSION);
  RunCommand run;
  TraceCommand trace;
  ClaimsCommand claims;
  ValidateCommand validate;
  NewCommand start;
  std::vector<std::string> paths;
  std::string user;
  add_run(app, run);
  add_trace(app, trace);
  add_claims(app, claims);
  add_validate(app, validate);
  add_new(app, start);
  for (const char* command : {"run", "trace", "validate"})
    app.get_subcommand(command)->add_option("--user", user, "as root: become this user first");
  CLI::App* list = app.add_subcommand("list", "List cases with their backends");
  list->add_option("PATH", paths, "case files or folders")->required();
  CLI::App* doctor = app.add_subcommand(
      "doctor", "Say what this kernel, these tools and this privilege can do, with cures");
  refuse_unknown_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kBadInput;
  }
  if (!user.empty()) become_user(user);
  find_data_root();
  if (app.got_subcommand("validate")) return validate_command(validate);
  if (list->parsed()) return list_command(paths);
  if (doctor->parsed()) return doctor_command();
  if (app.got_subcommand("claims")) return claims_command(claims);
  if (app.got_subcommand("new")) return new_command(start);
  if (app.got_subcommand("trace")) return trace_command(trace);
  return run.record || run.update ? record_command(run) : run_command(run);
}

}  // namespace

int main_program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // output that nobody reads is an error, said and with its code
  return guarded([&] { return parse_and_run(argc, argv); });
}

}  // namespace fwproof::run
