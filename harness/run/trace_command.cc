#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "judge/outcome.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "report/walk.h"
#include "run/cli.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/run_case.h"

namespace fwproof::run {
namespace {

constexpr const char* kCommandLine = "command line";

[[noreturn]] void bad_word(const std::string& message, const std::string& note,
                           const std::string& hint) {
  throw BadInput({{.file = kCommandLine, .message = message, .hint = hint, .caret_note = note}});
}

/// Reads NODE=FILE; a node may be named several times, and loads its files in order.
void add_rules(const std::string& option, Family family, const Topology& topology,
               std::vector<NodeRules>& rules) {
  const size_t equals = option.find('=');
  if (equals == std::string::npos)
    bad_word(fmt::format("--rules '{}' is not NODE=FILE", option), "",
             "such as --rules gw=gw.rules");
  const std::string node = option.substr(0, equals);
  std::vector<std::string> names;
  for (const Node& known : topology.nodes) names.push_back(known.name);
  if (!topology.find_node(node))
    bad_word(fmt::format("--rules: no node '{}' in topology '{}'", node, topology.name),
             did_you_mean(node, names), fmt::format("its nodes are {}", fmt::join(names, ", ")));
  const std::string name = option.substr(equals + 1);
  const parse::Search search = parse::search_rules(name, "");
  auto found = std::find_if(rules.begin(), rules.end(),
                            [&](const NodeRules& known) { return known.node == node; });
  if (found == rules.end()) found = rules.insert(found, {node, {}});
  found->files.push_back(parse::load_rules(search.found.value_or(name), family));
}

Backend choose_backend(const TraceCommand& command, const std::vector<NodeRules>& rules) {
  if (!command.backend.empty()) return *parse_backend(command.backend);
  for (const NodeRules& node : rules)
    for (const RulesFile& file : node.files)
      if (file.kind != RulesFile::Kind::nft) return Backend::iptables_nft;
  return Backend::nft;
}

void refuse_unloadable(Backend backend, const std::vector<NodeRules>& rules) {
  for (const NodeRules& node : rules)
    for (const RulesFile& file : node.files)
      if (backend == Backend::nft && file.kind == RulesFile::Kind::iptables_save)
        bad_word(
            fmt::format("'{}' is iptables-save text, which backend nft cannot load", file.path), "",
            "leave --backend out, or name iptables-nft or iptables-legacy");
}

Case make_case(const TraceCommand& command) {
  Case c;
  c.name = "trace";
  c.topology = parse::load_topology(parse::find_topology(command.topology, ""));
  c.flows.push_back(parse::parse_flow(command.flow, c.topology, {kCommandLine, 0, 0}));
  c.flows.back().name = "flow";
  std::vector<NodeRules> rules;
  for (const std::string& option : command.rules) add_rules(option, Family::ip, c.topology, rules);
  for (const std::string& option : command.rules6)
    add_rules(option, Family::ip6, c.topology, rules);
  const Backend backend = choose_backend(command, rules);
  refuse_unloadable(backend, rules);
  c.backends = {backend};
  c.rules[backend] = std::move(rules);
  return c;
}

}  // namespace

int trace_command(const TraceCommand& command) {
  const Case c = make_case(command);
  leave_host_network();
  std::optional<Keep> keep;
  if (!command.keep.empty()) keep.emplace(command.keep);
  const CaseResult result =
      run_case(c, c.backends.front(), {.keep = keep ? &*keep : nullptr, .elements = true});
  if (result.outcome == Outcome::error) {
    complain(result.bad_input ? result.error : "error: " + printable_lines(result.error));
    if (!result.hint.empty()) complain("hint: " + printable(result.hint));
    return result.bad_input ? kBadInput : kMachine;
  }
  const FlowSeen& flow = result.seen.flows.front();
  const report::Style style{.colour = isatty(STDOUT_FILENO) == 1};
  fmt::print("{}\n", report::flow_text(flow, command.flow, judge::outcome_of(c.flows.front(), flow),
                                       result.seen.conntrack_at_end, style));
  if (!result.evidence.empty()) fmt::print("evidence: {}\n", printable(result.evidence));
  return kPassed;
}

}  // namespace fwproof::run
