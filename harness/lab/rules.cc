#include "lab/rules.h"

#include <nftables/libnftables.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <memory>
#include <new>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"
#include "lab/program.h"

namespace fwproof::lab {
namespace {

constexpr std::chrono::milliseconds kTimeToLoad{30'000};

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

ProgramResult restore(const nl::Netns& netns, const std::string& node, const std::string& program,
                      const std::string& text) {
  // Another run's lock must not hold this one up: the lock is the node's own namespace.
  const ProgramSpec spec{.argv = {program},
                         .input = text,
                         .environment = {{"XTABLES_LOCKFILE", "/proc/self/ns/net"}},
                         .hint_if_missing = "apt-get install iptables"};
  return run_program(netns, node, spec, Deadline::after(kTimeToLoad));
}

void load_by_restore(const nl::Netns& netns, const std::string& node, const std::string& program,
                     const RulesFile& file) {
  const ProgramResult result = restore(netns, node, program, file.text);
  if (result.timed_out)
    throw MachineError("node '" + node + "': load '" + file.path + "' by " + program,
                       "it did not end in 30 s");
  if (result.exit_status == 0) return;
  const std::string words = result.error + result.output;
  // A table that cannot be emptied, since the kernel has none of its name, holds nothing either.
  for (const auto& text : emptying(file.text)) restore(netns, node, program, text);
  throw BadInput(restore_diagnostics(program, words, file));
}

struct NftFreer {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};

/// libnftables tells lines only of what it reads from a file, so the text goes into one in memory.
void load_by_nft(const nl::Netns& netns, const std::string& node, const RulesFile& file) {
  const std::string attempt = "node '" + node + "': load '" + file.path + "' by libnftables";
  const UniqueFd memory(memfd_create("fwproof rules", MFD_CLOEXEC));
  if (!memory.valid() || write(memory.get(), file.text.data(), file.text.size()) !=
                             static_cast<ssize_t>(file.text.size()))
    throw MachineError::from_errno(attempt, errno);
  const std::string name = "/proc/self/fd/" + std::to_string(memory.get());
  const nl::NetnsScope scope(netns);
  const std::unique_ptr<nft_ctx, NftFreer> context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context) throw std::bad_alloc();
  nft_ctx_buffer_error(context.get());
  nft_ctx_buffer_output(context.get());
  const size_t slash = file.path.rfind('/');
  if (slash != file.path.npos)
    nft_ctx_add_include_path(context.get(), file.path.substr(0, slash + 1).c_str());
  if (nft_run_cmd_from_filename(context.get(), name.c_str()) == 0) return;
  throw BadInput(nft_diagnostics(nft_ctx_get_error_buffer(context.get()), name, file));
}

}  // namespace

std::string restore_program(Backend backend, Family family) {
  assert(backend != Backend::nft);
  return std::string(family == Family::ip6 ? "ip6tables" : "iptables") +
         (backend == Backend::iptables_legacy ? "-legacy-restore" : "-nft-restore");
}

void load_rules(const nl::Netns& netns, const std::string& node, Backend backend,
                const RulesFile& file) {
  if (file.kind == RulesFile::Kind::nft) return load_by_nft(netns, node, file);
  load_by_restore(netns, node, restore_program(backend, file.family), file);
}

}  // namespace fwproof::lab
