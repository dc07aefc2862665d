#include "lab/rules.h"

#include <array>
#include <cassert>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lab/nft_child.h"
#include "lab/nft_process.h"
#include "lab/program.h"

namespace fwproof::lab {
namespace {

constexpr const char* kIpset = "ipset";

struct BuiltinTable {
  std::string_view name;
  std::vector<std::string_view> chains;
};

/// The chains each iptables table has by itself (iptables(8)).
const std::array<BuiltinTable, 5>& builtin_tables() {
  static const std::array<BuiltinTable, 5> tables{{
      {"raw", {"PREROUTING", "OUTPUT"}},
      {"mangle", {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
      {"nat", {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
      {"filter", {"INPUT", "FORWARD", "OUTPUT"}},
      {"security", {"INPUT", "FORWARD", "OUTPUT"}},
  }};
  return tables;
}

/// Texts for iptables-restore, each of which empties one of the tables that this text names.
std::vector<std::string> emptying(const std::string& text) {
  std::set<std::string_view> named;
  const auto lines = split_lines(text);
  for (const auto& line : lines)
    if (line.starts_with('*')) named.insert(trim(std::string_view(line).substr(1)));
  std::vector<std::string> texts;
  for (const auto& table : builtin_tables()) {
    if (!named.contains(table.name)) continue;
    std::string all = "*" + std::string(table.name) + "\n";
    for (const auto chain : table.chains) all += ":" + std::string(chain) + " ACCEPT [0:0]\n";
    texts.push_back(all + "COMMIT\n");
  }
  return texts;
}

std::string tool_of(Family family) {
  switch (family) {
    case Family::ip6:
      return "ip6tables";
    case Family::bridge:
      return "ebtables";
    case Family::arp:
      return "arptables";
    default:
      return "iptables";
  }
}

const char* package_of(const std::string& program) {
  if (program == "ipset") return "apt-get install ipset";
  if (program == "ebtables-legacy-restore") return "apt-get install ebtables";
  if (program == "arptables-legacy-restore") return "apt-get install arptables";
  return "apt-get install iptables";
}

ProgramResult restore(const nl::Netns& netns, const std::string& node, const std::string& program,
                      const std::string& text, Deadline deadline) {
  // Another run's lock must not hold this one up: the lock is the node's own namespace.
  std::vector<std::string> command{program};
  if (program == kIpset) command.emplace_back("restore");
  const ProgramSpec spec{.argv = std::move(command),
                         .input = text,
                         .environment = {{"XTABLES_LOCKFILE", "/proc/self/ns/net"}},
                         .hint_if_missing = package_of(program)};
  return run_program(netns, node, spec, deadline);
}

void load_by_restore(const nl::Netns& netns, const std::string& node, const std::string& program,
                     const RulesFile& file, Deadline deadline) {
  const ProgramResult result = restore(netns, node, program, file.text, deadline);
  if (const std::string why = result.broken_off(); !why.empty())
    throw MachineError("node '" + node + "': load '" + file.path + "' by " + program, why);
  if (result.exit_status == 0) return;
  const std::string words = result.error + result.output;
  // A table that cannot be emptied, since the kernel has none of its name, holds nothing either.
  const bool tables = file.kind == RulesFile::Kind::iptables_save;
  if (tables && (file.family == Family::ip || file.family == Family::ip6))
    for (const auto& text : emptying(file.text)) restore(netns, node, program, text, deadline);
  throw BadInput(restore_diagnostics(program, words, file));
}

UniqueFd load_by_nft(const nl::Netns& netns, const std::string& node, const RulesFile& file,
                     Deadline deadline) {
  const std::string attempt = "node '" + node + "': load '" + file.path + "' by libnftables";
  const size_t slash = file.path.rfind('/');
  const std::string folder = slash == file.path.npos ? "." : file.path.substr(0, slash);
  NftAnswer answer = load_by_libnftables(netns, {file.text, folder, attempt}, deadline);
  if (!answer.loaded) throw BadInput(nft_diagnostics(answer.words, kNftReadsFrom, file));
  return std::move(answer.socket);
}

}  // namespace

std::string restore_program(Backend backend, Family family) {
  assert(backend != Backend::nft);
  return tool_of(family) +
         (backend == Backend::iptables_legacy ? "-legacy-restore" : "-nft-restore");
}

UniqueFd load_rules(const nl::Netns& netns, const std::string& node, Backend backend,
                    const RulesFile& file, Deadline deadline) {
  assert(file.kind != RulesFile::Kind::script);
  if (file.kind == RulesFile::Kind::nft) return load_by_nft(netns, node, file, deadline);
  const bool sets = file.kind == RulesFile::Kind::ipset;
  load_by_restore(netns, node, sets ? kIpset : restore_program(backend, file.family), file,
                  deadline);
  return {};
}

}  // namespace fwproof::lab
