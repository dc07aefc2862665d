#include "lab/sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/programs.h"
#include "lab/lab.h"
#include "lab/rules.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::vector<std::string> texts(const std::vector<SetElement>& elements) {
  std::vector<std::string> all;
  for (const SetElement& e : elements)
    all.push_back(e.text + (e.timeout.empty() ? "" : " timeout " + e.timeout));
  return all;
}

std::vector<std::string> names(const std::vector<SetSeen>& sets) {
  std::vector<std::string> all;
  for (const SetSeen& set : sets) all.push_back(full_name(set));
  return all;
}

const SetSeen& named(const std::vector<SetSeen>& sets, const std::string& name) {
  static const SetSeen kNone{.name = "none"};
  for (const SetSeen& set : sets)
    if (set.name == name) return set;
  return kNone;
}

TEST(Sets, OfNftComeWithWhatTheirElementsAre) {
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::nft,
             {.kind = RulesFile::Kind::nft, .path = "gw.nft", .text = R"(table inet fw {
  set guests {
    type ipv4_addr; timeout 1h
    elements = { 10.0.0.1, 10.0.0.2 timeout 5m comment "x, y: {z}" }
  }
  set pairs { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 80, 10.0.0.2 . 443 } }
  set nets { type ipv4_addr; flags interval; counter; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 } }
  set six { type ipv6_addr; elements = { 2001:db8:0::1 } }
  set empty { type ipv4_addr; }
  map ports { type inet_service : verdict; elements = { 22 : accept, 80 : jump web } }
  chain web {}
}
table ip other {
  set pairs { type ipv4_addr; }
}
)"});
  std::vector<SetCheck> all;
  for (const char* name : {"guests", "pairs", "nets", "six", "empty", "ports"})
    all.push_back({.family = Family::inet, .table = "fw", .name = name});
  const auto sets = read_sets(lab.netns("host"), "host", all);
  EXPECT_THAT(names(sets),
              UnorderedElementsAre("inet fw guests", "inet fw pairs", "inet fw nets", "inet fw six",
                                   "inet fw empty", "inet fw ports", "other pairs"));
  EXPECT_THAT(
      texts(named(sets, "guests").elements),
      UnorderedElementsAre("10.0.0.1 timeout 1h", "10.0.0.2 comment \"x, y: {z}\" timeout 5m"));
  EXPECT_THAT(texts(named(sets, "pairs").elements),
              UnorderedElementsAre("10.0.0.1 . 80", "10.0.0.2 . 443"));
  EXPECT_THAT(texts(named(sets, "nets").elements),
              ElementsAre("10.0.0.0/8", "192.168.0.1-192.168.0.9"));
  EXPECT_THAT(texts(named(sets, "six").elements), ElementsAre("2001:db8::1"));
  EXPECT_THAT(texts(named(sets, "empty").elements), ElementsAre());
  EXPECT_THAT(texts(named(sets, "ports").elements), ElementsAre("22 : accept", "80 : jump web"));
}

/// "0x00000007", "10.0.0.9 (in 10.0.0.0/24)" or "refused": what an element is to the set.
std::string reading(const SetSeen& set, const std::string& written) {
  const auto found = set.readings.find(written);
  if (found == set.readings.end()) return "not told";
  if (!found->second.refused.empty()) return "refused";
  std::string text;
  for (const SetElement& e : found->second.elements)
    text += (text.empty() ? "" : ", ") + e.key + (e.value.empty() ? "" : " : " + e.value) +
            (e.timeout.empty() ? "" : " timeout " + e.timeout);
  const std::string& holder = found->second.holder;
  return holder.empty() ? text : text + " (in " + holder + ")";
}

SetCheck lacks(const std::string& name, const std::vector<std::string>& elements) {
  SetCheck check{.name = name};
  for (const std::string& element : elements) check.lacks.push_back(read_set_element(element));
  return check;
}

TEST(Sets, OfNftSayWhatAnElementIsToThem) {
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::nft,
             {.kind = RulesFile::Kind::nft, .path = "gw.nft", .text = R"(table inet fw {
  set marks { type mark; elements = { 7 } }
  set hosts { type ipv4_addr; timeout 1h; }
  set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 } }
  set pairs { typeof ip saddr . tcp dport; }
  set ports { type ifname; }
  map jumps { type inet_service : verdict; elements = { 22 : accept } }
  map paints { type inet_service : mark; elements = { 22 : 7 } }
}
)"});
  const auto sets = read_sets(
      lab.netns("host"), "host",
      {lacks("marks", {"7", "0x8", "green"}), lacks("hosts", {"10.0.0.1/32 timeout 60s", "::1"}),
       lacks("nets", {"10.0.0.9", "10.0.1.0-10.0.1.255", "10.0.0.0/24"}),
       lacks("pairs", {"10.0.0.1 . https"}), lacks("ports", {"eth0", "\"in\""}),
       lacks("jumps", {"ssh : accept", "22 : drop", "22", "22 : acept"}),
       lacks("paints", {"ssh : 7", "22 : green"})});
  const auto is = [&](const char* set, const char* element) {
    return reading(named(sets, set), element);
  };
  EXPECT_EQ(is("marks", "7"), "0x00000007 (in 0x00000007)");
  EXPECT_EQ(is("marks", "0x8"), "0x00000008");
  EXPECT_EQ(is("marks", "green"), "refused");
  EXPECT_EQ(is("hosts", "10.0.0.1/32 timeout 60s"), "10.0.0.1 timeout 1m");
  EXPECT_EQ(is("hosts", "::1"), "refused");
  EXPECT_EQ(is("nets", "10.0.0.9"), "10.0.0.9 (in 10.0.0.0/24)");
  EXPECT_EQ(is("nets", "10.0.1.0-10.0.1.255"), "10.0.1.0/24");
  EXPECT_EQ(is("pairs", "10.0.0.1 . https"), "10.0.0.1 . 443");
  EXPECT_EQ(is("ports", "eth0"), "eth0");
  EXPECT_EQ(is("ports", "\"in\""), "in");
  EXPECT_EQ(is("jumps", "ssh : accept"), "22 : accept (in 22 : accept)");
  EXPECT_EQ(is("jumps", "22 : drop"), "22 : drop");
  EXPECT_EQ(is("jumps", "22 : acept"), "refused");
  EXPECT_EQ(is("paints", "ssh : 7"), "22 : 0x00000007 (in 22 : 0x00000007)");
  EXPECT_EQ(is("paints", "22 : green"), "refused");
}

TEST(Sets, OfIpsetAndRecentSayWhatAnElementIsToThem) {
  if (!find_program("ipset")) GTEST_SKIP() << "ipset is not installed";
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::iptables_nft,
             {.kind = RulesFile::Kind::ipset,
              .path = "a.ipset",
              .text = "create pairs hash:ip,port timeout 100\nadd pairs 10.0.0.1,tcp:80\n"
                      "create nets hash:net\nadd nets 10.0.0.0/24\n"
                      "create lists list:set\nadd lists nets\n"});
  load_rules(
      lab.netns("host"), "host", Backend::iptables_nft,
      {.path = "gw.rules", .text = "*filter\n-A INPUT -m recent --name SSH --set\nCOMMIT\n"});
  const auto sets = read_sets(
      lab.netns("host"), "host",
      {lacks("pairs", {"10.0.0.1,80", "10.0.0.1", "10.0.0.2,udp:domain"}),
       lacks("nets", {"10.0.0.9", "10.0.1.1/32", "10.0.2.0-10.0.2.3", "10.0.0.0/24 nomatch"}),
       lacks("lists", {"nets"}), lacks("SSH", {"10.0.0.1/32", "10.0.0.0/8"})});
  const auto is = [&](const char* set, const char* element) {
    return reading(named(sets, set), element);
  };
  EXPECT_EQ(is("pairs", "10.0.0.1,80"), "10.0.0.1,tcp:80 (in what it has)");
  EXPECT_EQ(is("pairs", "10.0.0.1"), "refused");
  EXPECT_EQ(is("pairs", "10.0.0.2,udp:domain"), "10.0.0.2,udp:53");
  EXPECT_EQ(is("nets", "10.0.0.9"), "10.0.0.9 (in what it has)");
  EXPECT_EQ(is("nets", "10.0.1.1/32"), "10.0.1.1");
  EXPECT_EQ(is("nets", "10.0.2.0-10.0.2.3"), "10.0.2.0/30");
  EXPECT_EQ(is("lists", "nets"), "nets (in what it has)");
  EXPECT_EQ(is("SSH", "10.0.0.1/32"), "10.0.0.1");
  EXPECT_EQ(is("SSH", "10.0.0.0/8"), "refused");
}

TEST(ElementFinder, TellsTheElementThatHoldsAKey) {
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::nft,
             {.kind = RulesFile::Kind::nft, .path = "gw.nft", .text = R"(table inet fw {
  set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 } }
  set six { type ipv6_addr; flags interval; elements = { 2001:db8::/32 } }
  set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/24 . 80-90 } }
  map ports { type inet_service : verdict; elements = { 22 : accept, 80 : jump web } }
  chain web {
    tcp dport { 22, 80-90 } ct state { established, related }
    meta l4proto { tcp, udp } iifname { "eth0", "lo" }
  }
}
)"});
  ElementFinder finder(lab.netns("host"), "host");
  const auto find = [&](const std::string& set, const std::string& key) {
    return finder.find(Family::inet, "fw", set, key);
  };
  EXPECT_EQ(find("nets", "10.1.2.3"), "10.0.0.0/8");
  EXPECT_EQ(find("nets", "192.168.0.4"), "192.168.0.1-192.168.0.9");
  EXPECT_EQ(find("nets", "11.0.0.1"), "");
  EXPECT_EQ(find("six", "2001:db8::7"), "2001:db8::/32");
  EXPECT_EQ(find("pairs", "10.0.0.7 . 85"), "10.0.0.0/24 . 80-90");
  EXPECT_EQ(find("ports", "80"), "80 : jump web");
  EXPECT_EQ(find("__set0", "81"), "80-90");
  EXPECT_EQ(find("__set1", "related"), "related");
  EXPECT_EQ(find("__set2", "udp"), "udp");
  EXPECT_EQ(find("__set3", "\"eth0\""), "eth0");
  EXPECT_EQ(find("nowhere", "1"), "");
}

/// libnftables 1.0 tells the beginning alone: better nothing than half of it.
TEST(ElementFinder, TellsNoHalfOfAnIntervalOfAMap) {
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::nft,
             {.kind = RulesFile::Kind::nft, .path = "gw.nft", .text = R"(table ip nat {
  map servers { type inet_service : ipv4_addr; flags interval; elements = { 80-90 : 10.0.0.9 } }
}
)"});
  ElementFinder finder(lab.netns("host"), "host");
  EXPECT_THAT(finder.find(Family::ip, "nat", "servers", "85"),
              testing::AnyOf("", "80-90 : 10.0.0.9"));
}

TEST(Sets, OfIpsetAndRecentAreFoundByName) {
  if (!find_program("ipset")) GTEST_SKIP() << "ipset is not installed";
  const Lab lab(one_node());
  load_rules(lab.netns("host"), "host", Backend::iptables_nft,
             {.kind = RulesFile::Kind::ipset,
              .path = "a.ipset",
              .text = "create a hash:ip,port timeout 100 comment counters\n"
                      "add a 10.0.0.1,tcp:80 comment \"x y\"\nadd a 10.0.0.2,udp:53 timeout 0\n"
                      "create b hash:net\nadd b 10.0.0.0/24 nomatch\n"});
  load_rules(
      lab.netns("host"), "host", Backend::iptables_nft,
      {.path = "gw.rules", .text = "*filter\n-A INPUT -m recent --name SSH --set\nCOMMIT\n"});
  const auto sets = read_sets(lab.netns("host"), "host", {{.name = "a"}, {.name = "b"}});
  EXPECT_THAT(names(sets), UnorderedElementsAre("ipset a", "ipset b", "recent SSH"));
  const auto& a = named(sets, "a").elements;
  ASSERT_EQ(a.size(), 2u);
  EXPECT_TRUE(fits(read_set_element("10.0.0.1,tcp:80 comment \"x y\""), a[0]) ||
              fits(read_set_element("10.0.0.1,tcp:80 comment \"x y\""), a[1]));
  EXPECT_THAT(texts(named(sets, "b").elements), ElementsAre("10.0.0.0/24 nomatch"));
}

}  // namespace
}  // namespace fwproof::lab
