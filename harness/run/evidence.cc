#include "run/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "report/terminal.h"
#include "report/walk.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

/// A name that is one plain file name, whatever the case is called.
std::string file_name(const std::string& text) {
  std::string name = text;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && c != '_') c = '_';
  if (name.empty() || name[0] == '.') name.insert(name.begin(), '_');
  return name;
}

void write_text(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << printable_lines(text);
  file.close();
  if (!file)
    throw MachineError::from_errno("write '" + path.string() + "'", errno != 0 ? errno : EIO);
}

std::string all_walks(const Seen& seen) {
  std::string text;
  for (const FlowSeen& flow : seen.flows)
    for (const Walk& walk : flow.walks)
      text += fmt::format("{}: {}\n", printable(flow.flow), report::walk_text(walk, {}));
  return text;
}

std::string conntrack_text(const Seen& seen) {
  std::string text;
  for (const ConntrackEvent& event : seen.conntrack_events)
    text += fmt::format("{} {} {}\n", event.entry.node, to_string(event.kind),
                        printable(describe(event.entry)));
  for (const Expectation& e : seen.expectations)
    text += fmt::format("{} expected by {}: {}\n", e.node, printable(to_string(e.master)),
                        printable(describe(e)));
  for (const ConntrackEntry& entry : seen.conntrack_at_end)
    text += fmt::format("{} at the end {}\n", entry.node, printable(describe(entry)));
  return text;
}

std::string counted(const std::optional<Counter>& counter) {
  return counter ? fmt::format("[{}:{}] ", counter->packets, counter->bytes) : "";
}

std::string rules_text(const Ruleset& ruleset) {
  std::string text;
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains) {
      text += fmt::format("{} {} {}", to_string(table.family), printable(table.name),
                          printable(chain.name));
      if (chain.base)
        text += fmt::format(" {}policy {}", counted(chain.policy_counter), to_string(chain.policy));
      text += "\n";
      for (const Rule& rule : chain.rules)
        text += fmt::format("  {} {}{}\n", rule.number, counted(rule.counter),
                            printable(rule.text.empty() ? rule.target : rule.text));
    }
  return text;
}

}  // namespace

EvidenceFolder::EvidenceFolder(const Keep* keep, const Case& c, Backend backend) {
  if (!keep) return;
  const std::string name = fmt::format("{}.{}", folder_name(c.name), to_string(backend));
  path_ = (fs::path(keep->folder()) / name).string();
  under_way_ = (fs::path(keep->under_way()) / name).string();
  std::error_code error;
  fs::create_directory(under_way_, error);
  if (error) throw MachineError("make a folder '" + under_way_ + "'", error.message());
}

EvidenceFolder::~EvidenceFolder() {
  std::error_code ignored;
  if (!under_way_.empty()) fs::remove_all(under_way_, ignored);
}

void EvidenceFolder::finish(const CaseResult& result) {
  if (under_way_.empty()) return;
  const fs::path folder(under_way_);
  write_text(folder / "story.txt", report::one_line(result, {}) + "\n" + report::story(result, {}));
  write_text(folder / "trace.txt", all_walks(result.seen));
  write_text(folder / "conntrack.txt", conntrack_text(result.seen));
  for (const auto& [node, ruleset] : result.seen.rulesets)
    write_text(folder / file_name("rules-" + node + ".txt"), rules_text(ruleset));
  replace_older();
  under_way_.clear();
}

/// An older folder moves away whole, to be deleted out of sight. Another run may do the same at
/// this moment.
void EvidenceFolder::replace_older() const {
  constexpr int kAttempts = 100;
  const std::string older = under_way_ + ".older";
  std::error_code error;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    fs::rename(path_, older, error);
    fs::rename(under_way_, path_, error);
    std::error_code ignored;
    fs::remove_all(older, ignored);
    if (error != std::errc::directory_not_empty && error != std::errc::file_exists) break;
  }
  if (error) throw MachineError("keep evidence in '" + path_ + "'", error.message());
}

std::string folder_name(const std::string& case_name) { return file_name(case_name); }

std::vector<LinkEnd> devices(const Topology& topology) {
  std::vector<LinkEnd> all;
  for (const Node& node : topology.nodes)
    if (!node.bridge) all.push_back({node.name, "lo"});
  for (const Link& link : topology.links)
    for (const LinkEnd& end : link.endpoints) {
      const Node* node = topology.find_node(end.node);
      if (node && !node->bridge) all.push_back(end);
    }
  return all;
}

std::string pcap_path(const std::string& folder, const LinkEnd& end) {
  return (fs::path(folder) / file_name(end.node + "-" + end.dev + ".pcap")).string();
}

}  // namespace fwproof::run
