// Do cases that share networks see what they see alone? Every shipped case that may share runs
// alone, then with the others in two orders, and all that was seen of it is compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "report/json.h"
#include "run/kept_networks.h"
#include "run/load.h"
#include "run/privilege.h"
#include "run/reaper.h"
#include "run/run_case.h"
#include "run/sharing.h"

namespace fwproof::run {
namespace {

struct CaseRun {
  const Case* c;
  Backend backend;
};

/// What the kernel picks anew each time, by the names of report/json.h. A table's handle is a
/// number that no other of its namespace has had.
const std::set<std::string>& picked_by_kernel() {
  static const std::set<std::string> names{"took_us", "ip_id",   "seq",     "ack",
                                           "id",      "icmp_id", "timeout", "handle"};
  return names;
}

/// Ports that the case or its topology writes down. All others the kernel picks, or a rule's range.
std::set<std::string> written_ports(const Case& c) {
  std::set<std::string> ports;
  for (const Flow& flow : c.flows)
    for (const uint16_t port : {flow.source_port, flow.destination.port})
      ports.insert(std::to_string(port));
  for (const Node& node : c.topology.nodes)
    for (const Service& service : node.services) ports.insert(std::to_string(service.port));
  return ports;
}

/// "10.0.0.5:PORT" for each port that is not written down.
std::string without_picked_ports(const std::string& text, const std::set<std::string>& written) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
    const std::string number = text.substr(at, end - at);
    const bool port = !number.empty() && at > 0 && text[at - 1] == ':';
    result += port && !written.contains(number) ? "PORT" : number;
    if (end < text.size()) result += text[end];
    at = end + 1;
  }
  return result;
}

/// A line of JSON that tells a number of the kernel's choice.
bool is_picked(const std::string& line) {
  const size_t open = line.find_first_not_of(' ');
  if (open == std::string::npos || line[open] != '"') return false;
  return picked_by_kernel().contains(line.substr(open + 1, line.find('"', open + 1) - open - 1));
}

/// All that is told of one run, without what the kernel picks.
std::string told(const Case& c, const CaseResult& result) {
  const std::set<std::string> ports = written_ports(c);
  std::string all;
  for (const std::string& line : split_lines(report::json_case(result)))
    if (!is_picked(line)) all += without_picked_ports(line, ports) + "\n";
  return all;
}

bool has_company(const CaseRun& run, const std::vector<CaseRun>& runs) {
  return std::any_of(runs.begin(), runs.end(), [&](const CaseRun& other) {
    return other.c != run.c && other.c->topology == run.c->topology;
  });
}

/// Those that share a topology with others. Each once, by nft where it has rules for it:
/// iptables-nft takes longer to load the same.
std::vector<CaseRun> that_may_share(const std::vector<Case>& cases) {
  std::vector<CaseRun> runs;
  for (const Case& c : cases) {
    const auto may = [&c](Backend backend) {
      const auto& all = c.backends;
      return std::find(all.begin(), all.end(), backend) != all.end() && may_share(c, backend);
    };
    if (may(Backend::nft))
      runs.push_back({&c, Backend::nft});
    else if (may(Backend::iptables_nft))
      runs.push_back({&c, Backend::iptables_nft});
  }
  std::vector<CaseRun> in_company;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(in_company),
               [&](const CaseRun& run) { return has_company(run, runs); });
  return in_company;
}

struct AllTold {
  std::map<std::string, std::string> told;  // by name
  size_t in_kept_networks = 0;
  size_t with_kept_rules = 0;
};

AllTold see(const std::vector<CaseRun>& runs, Reaper& reaper, KeptNetworks* networks) {
  AllTold all;
  for (const CaseRun& run : runs) {
    const CaseResult result =
        run_case(*run.c, run.backend, {.reaper = &reaper, .networks = networks});
    all.told[run.c->name] = told(*run.c, result);
    if (result.ran_in != RanIn::new_network) ++all.in_kept_networks;
    if (result.ran_in == RanIn::kept_network_and_rules) ++all.with_kept_rules;
  }
  return all;
}

std::string first_difference(const std::string& a, const std::string& b) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  const size_t from = static_cast<size_t>(std::max<std::ptrdiff_t>(at - 300, 0));
  return "alone: ..." + a.substr(from, 500) + "\nshared: ..." + b.substr(from, 500);
}

AllTold see_alone(const std::vector<CaseRun>& runs, Reaper& reaper) {
  AllTold all = see(runs, reaper, nullptr);
  EXPECT_EQ(all.in_kept_networks, 0u);
  return all;
}

/// What the runs, in this order, show otherwise in shared networks than alone, by name.
std::map<std::string, std::string> differences(const std::vector<CaseRun>& runs,
                                               const AllTold& alone, Reaper& reaper) {
  KeptNetworks networks(reaper);
  const AllTold shared = see(runs, reaper, &networks);
  std::cout << runs.size() << " cases, " << shared.in_kept_networks << " of them in kept networks, "
            << shared.with_kept_rules << " with kept rules\n";
  EXPECT_GT(shared.in_kept_networks, runs.size() / 4);
  EXPECT_GT(shared.with_kept_rules, 0u);
  std::map<std::string, std::string> found;
  for (const auto& [name, as_told] : alone.told)
    if (shared.told.at(name) != as_told)
      found[name] = first_difference(as_told, shared.told.at(name));
  return found;
}

TEST(KeptNetworks, ShowEachCaseWhatItSeesAlone) {
  const std::vector<Case> cases = load_cases({FWPROOF_CASES_DIR});
  std::vector<CaseRun> runs = that_may_share(cases);
  Reaper reaper;
  const AllTold alone = see_alone(runs, reaper);
  for (const unsigned seed : {1u, 2u}) {
    std::shuffle(runs.begin(), runs.end(), std::mt19937(seed));
    auto found = differences(runs, alone, reaper);
    if (found.empty()) continue;
    // On a slow machine TCP may acknowledge by itself what it mostly does with its next segment
    // (tcp_delack_min is 40 ms). What a network hands on shows again in the same order.
    const auto again = differences(runs, see_alone(runs, reaper), reaper);
    std::erase_if(found, [&](const auto& one) { return !again.contains(one.first); });
    for (const auto& [name, difference] : found) ADD_FAILURE() << name << "\n" << difference;
  }
}

/// The comparison can fail: where entries are left, the next case sees its own begin in them.
TEST(KeptNetworks, ThatAreNotRenewedAreFoundOut) {
  const std::vector<Case> cases = load_cases({FWPROOF_CASES_DIR "/nat/masquerade.yaml"});
  const std::vector<CaseRun> once{{&cases.front(), Backend::nft}};
  const std::vector<CaseRun> twice{once.front(), once.front()};
  Reaper reaper;
  const AllTold alone = see(once, reaper, nullptr);
  KeptNetworks renewed(reaper);
  const AllTold shared = see(twice, reaper, &renewed);
  EXPECT_EQ(shared.in_kept_networks, 1u);
  EXPECT_EQ(shared.told, alone.told);
  KeptNetworks leaking(reaper, Leak::conntrack);
  const AllTold leaked = see(twice, reaper, &leaking);
  EXPECT_EQ(leaked.in_kept_networks, 1u);
  EXPECT_NE(leaked.told, alone.told);
}

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests)) fwproof::run::leave_host_network();
  return RUN_ALL_TESTS();
}
