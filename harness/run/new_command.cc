// fwproof new: starts a case from a topology.
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "judge/outcome.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "report/terminal.h"
#include "run/cli.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/run_case.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFlows = 60;

/// What a flow goes to: a node by its name where that is enough.
std::string target(const Node& node, const Service* service) {
  std::vector<IpAddress> addresses;
  for (const Interface& interface : node.interfaces)
    for (const Prefix& prefix : interface.addresses)
      if (interface.name != "lo") addresses.push_back(prefix.address);
  const uint16_t port = service ? service->port : uint16_t{0};
  if (service && service->address) return Endpoint{*service->address, port}.to_string();
  if (addresses.empty()) return {};
  if (addresses.size() > 1) return Endpoint{addresses.front(), port}.to_string();
  return port == 0 ? node.name : fmt::format("{}:{}", node.name, port);
}

void add_flow(Case& c, const Node& from, const Node& to, const Service* service) {
  const bool to_itself = &from == &to;
  const std::string protocol = service ? std::string(to_string(service->transport)) : "icmp";
  const std::string where =
      to_itself ? fmt::format("127.0.0.1:{}", service->port) : target(to, service);
  if (where.empty()) return;
  const std::string sentence = fmt::format("{} {} -> {}", protocol, from.name, where);
  try {
    c.flows.push_back(parse::parse_flow(sentence, c.topology, {}));
  } catch (const BadInput&) {
    return;  // the two have no address of one family
  }
  c.flows.back().name =
      fmt::format("{} to {} {}", from.name, to.name,
                  service ? fmt::format("{} {}", protocol, service->port) : "ping");
}

/// A flow to each service from each other node; pings where there are no services.
void add_flows(Case& c) {
  const auto& nodes = c.topology.nodes;
  for (const Node& to : nodes)
    for (const Service& service : to.services)
      for (const Node& from : nodes)
        if (!from.bridge && (&from != &to || nodes.size() == 1)) add_flow(c, from, to, &service);
  if (!c.flows.empty()) return;
  for (const Node& to : nodes)
    for (const Node& from : nodes)
      if (!from.bridge && &from != &to) add_flow(c, from, to, nullptr);
}

/// How the flows end without rules. Those that have no route even to begin with are taken out.
std::vector<std::string> try_flows(Case& c) {
  const CaseResult result = run_case(c, Backend::nft, {});
  if (result.outcome == Outcome::error)
    throw MachineError("try the flows", result.error, result.hint);
  std::vector<std::string> outcomes;
  std::vector<Flow> good;
  for (const FlowSeen& seen : result.seen.flows) {
    const Flow& flow = c.flows[static_cast<size_t>(&seen - result.seen.flows.data())];
    const std::string outcome = judge::outcome_of(flow, seen);
    if (outcome.starts_with("unreachable") || outcome.starts_with("failed")) continue;
    good.push_back(flow);
    outcomes.push_back(outcome);
  }
  c.flows = std::move(good);
  return outcomes;
}

/// How a case in `file` names the topology: as the user did, if that finds it from there.
std::string name_for(const std::string& topology, const std::string& found,
                     const std::string& file) {
  const auto from_there = parse::search_topology(topology, file).found;
  std::error_code error;
  if (!fs::path(topology).is_absolute() && from_there && fs::equivalent(*from_there, found, error))
    return topology;
  const fs::path folder = fs::absolute(file).parent_path();
  return fs::absolute(found).lexically_normal().lexically_relative(folder).string();
}

std::string rules_example(const Topology& topology) {
  std::string lines;
  for (const bool routers : {true, false}) {
    for (const Node& node : topology.nodes)
      if (!node.bridge && node.forwarding == routers)
        lines += fmt::format("#   {}: {}.rules\n", yaml_scalar(node.name), node.name);
    if (!lines.empty()) break;
  }
  return lines;
}

std::string case_text(const Case& c, const std::string& topology,
                      const std::vector<std::string>& outcomes, size_t left_out) {
  std::string text = fmt::format(
      "# What must be true, in one line.\n"
      "topology: {}\n"
      "# Rules that the nodes load: iptables-save text, nft files.\n"
      "# rules:\n{}"
      "flows:\n",
      yaml_scalar(topology), rules_example(c.topology));
  if (left_out > 0) text += fmt::format("  # {} more were left out.\n", left_out);
  for (const Flow& flow : c.flows)
    text += fmt::format("  {}: {}\n", yaml_scalar(flow.name), yaml_scalar(flow.text));
  text +=
      "# What is true without rules. Take it away, and 'fwproof run --record' writes what is true "
      "with\n"
      "# them.\n"
      "checks:\n";
  for (size_t i = 0; i < c.flows.size(); ++i)
    text += fmt::format("  {}: {{outcome: {}}}\n", yaml_scalar(c.flows[i].name), outcomes[i]);
  return text +
         "# A change that must turn the case red: 'fwproof run --mutants' tries it.\n"
         "# mutant: {NODE: {remove: filter FORWARD rule 1}}\n";
}

void write_new(const std::string& file, const std::string& text) {
  errno = 0;
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    throw MachineError::from_errno("write '" + file + "'", errno != 0 ? errno : EIO,
                                   "name a place that exists and that you may write to");
}

void refuse_file(const std::string& file, const std::string& message, const std::string& hint) {
  throw BadInput({{.file = file, .message = message, .hint = hint}});
}

}  // namespace

int new_command(const NewCommand& command) {
  const bool named = !command.file.empty();
  const std::string extension = fs::path(command.file).extension().string();
  if (named && extension != ".yaml" && extension != ".yml")
    refuse_file(command.file, "a case is a file that ends in .yaml", "");
  if (named && fs::exists(command.file))
    refuse_file(command.file, "the file exists already", "name another, or take it away");
  const std::string found = parse::find_topology(command.topology, "");
  Case c;
  c.name = "new";
  c.topology = parse::load_topology(found);
  add_flows(c);
  const size_t left_out = c.flows.size() > kMostFlows ? c.flows.size() - kMostFlows : 0;
  c.flows.resize(c.flows.size() - left_out);
  leave_host_network();
  const std::vector<std::string> outcomes = try_flows(c);
  if (c.flows.empty())
    refuse_file(found, "no node of the topology has a route to another",
                "give it addresses and routes");
  const std::string text =
      case_text(c, named ? name_for(command.topology, found, command.file) : command.topology,
                outcomes, left_out);
  if (!named) {
    fmt::print("{}", text);
    return kPassed;
  }
  write_new(command.file, text);
  fmt::print("written  {}, with {} flows\n", printable(command.file), c.flows.size());
  return kPassed;
}

}  // namespace fwproof::run
