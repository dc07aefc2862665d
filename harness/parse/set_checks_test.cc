// Checks of sets: how they are read, and what is wrong with them.
#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

struct NetworkWithSets : TestNetwork {
  NetworkWithSets() {
    write("cases/a.ipset", "create banned hash:ip\n");
    write("cases/a.rules",
          "*filter\n-A INPUT -m recent --set --name ssh\n-A INPUT -m recent --rcheck\nCOMMIT\n");
    write("cases/a.nft",
          "table inet fw {\n  set guests { type ipv4_addr; }\n"
          "  map ports { type inet_service : verdict; }\n}\n");
  }
  std::string text(const std::string& sets) const {
    return "topology: net\n"
           "rules: {gw: [{ipset: a.ipset}, {iptables: a.rules, nft: a.nft}]}\n"
           "flows: {visit: tcp client -> web:80}\nsets:\n" +
           sets;
  }
};

TEST(SetChecks, AreReadInAllTheirForms) {
  const NetworkWithSets network;
  const Case c = network.load(network.text(R"(  gw:
    banned: 10.0.0.1
    ipset banned: [10.0.0.1, 10.0.0.2 comment "x y"]
    inet fw ports: {has: "22 : accept", lacks: ["23 : accept", 2001:DB8::1 timeout 1m]}
    recent ssh: none
    DEFAULT: none
)"));
  ASSERT_EQ(c.sets.size(), 5u);
  EXPECT_TRUE(c.sets[0].whole);
  EXPECT_EQ(c.sets[0].table, "");
  EXPECT_EQ(c.sets[1].table, "ipset");
  EXPECT_EQ(c.sets[1].has.at(1).comment, "x y");
  EXPECT_EQ(c.sets[2].family, Family::inet);
  EXPECT_FALSE(c.sets[2].whole);
  EXPECT_EQ(c.sets[2].has.at(0).key, "22");
  EXPECT_EQ(c.sets[2].has.at(0).value, "accept");
  EXPECT_EQ(c.sets[2].lacks.at(1).key, "2001:db8::1");
  EXPECT_EQ(c.sets[2].lacks.at(1).timeout, "1m");
  EXPECT_TRUE(c.sets[3].whole);
  EXPECT_TRUE(c.sets[3].has.empty());
}

TEST(SetChecks, TellWhatIsWrong) {
  const NetworkWithSets network;
  EXPECT_EQ(network.case_mistakes(network.text(R"(  gw:
    baned: none
    one two three four: none
    inat fw guests: none
    guests: []
    banned: {}
    ports: {hass: 22}
    ssh: [10.0.0.1 expires 3s, timeout 1m]
  gww: {}
)")),
            R"(cases/a.yaml:6:5: error: no rules of node 'gw' make a set 'baned'
          baned: none
          ^ did you mean 'banned'?
cases/a.yaml:7:5: error: 'one two three four' is not a set
          one two three four: none
          ^
hint: write [[FAMILY] TABLE] SET, 'ipset SET' or 'recent LIST'
cases/a.yaml:8:5: error: unknown family 'inat'
          inat fw guests: none
          ^ did you mean 'inet'?
cases/a.yaml:9:13: error: a set names no element
          guests: []
                  ^
hint: of an empty set write 'none'
cases/a.yaml:10:13: error: a check of a set needs 'has' or 'lacks'
          banned: {}
                  ^
cases/a.yaml:11:13: error: unknown key 'hass' in what a set holds
          ports: {hass: 22}
                  ^ did you mean 'has'?
cases/a.yaml:12:11: error: what is left of an element's time changes while a case runs
          ssh: [10.0.0.1 expires 3s, timeout 1m]
                ^
hint: 'timeout' says how long it stays from when it is added
cases/a.yaml:12:32: error: 'timeout 1m' is not an element
          ssh: [10.0.0.1 expires 3s, timeout 1m]
                                     ^
cases/a.yaml:13:3: error: unknown node 'gww'
        gww: {}
        ^ did you mean 'gw'?)");
}

TEST(SetChecks, TakeAnySetWhereAScriptMayMakeIt) {
  const TestNetwork network;
  network.write("cases/a.sh", "#!/bin/sh\nipset create what hash:ip\n");
  EXPECT_EQ(network.case_mistakes("topology: net\nrules: {gw: {script: a.sh}}\n"
                                  "sets: {gw: {what: none}}\n"),
            "");
}

}  // namespace
}  // namespace fwproof::parse
