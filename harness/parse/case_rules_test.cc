#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;
using Kind = RulesFile::Kind;

class RulesOfACase : public testing::Test {
 protected:
  RulesOfACase() {
    network_.write("cases/setup.sh", "#!/bin/sh\nnft add table inet fw\n");
    network_.write("cases/plain", "iptables -P INPUT DROP\n");
    network_.write("cases/made.ipset", "create good hash:ip\nadd good 10.0.0.5\n");
    network_.write("cases/frames.rules", "*filter\n:FORWARD DROP\nCOMMIT\n");
  }

  Case load(const std::string& rules) const {
    return network_.load("topology: net\nrules: " + rules +
                         "\nflows: {a: tcp client -> web:80}\nchecks: {a: {outcome: lost}}\n");
  }
  std::string mistakes(const std::string& rules) const {
    return network_.mistakes([&] { load(rules); });
  }

  static std::vector<Kind> kinds(const Case& c, Backend backend) {
    std::vector<Kind> kinds;
    for (const RulesFile& file : c.rules.at(backend).at(0).files) kinds.push_back(file.kind);
    return kinds;
  }

  TestNetwork network_;
};

TEST_F(RulesOfACase, MayBeAScriptWithArguments) {
  const Case c = load("{gw: {script: [setup.sh, --strict, 22]}}");
  EXPECT_THAT(c.backends, ElementsAre(Backend::iptables_nft));
  const RulesFile& script = c.rules.at(Backend::iptables_nft).at(0).files.at(0);
  EXPECT_EQ(script.kind, Kind::script);
  EXPECT_EQ(script.path, network_.path("cases/setup.sh"));
  EXPECT_THAT(script.arguments, ElementsAre("--strict", "22"));
}

TEST_F(RulesOfACase, TellAScriptByItsFirstLineOrItsName) {
  EXPECT_THAT(kinds(load("{gw: setup.sh}"), Backend::iptables_nft), ElementsAre(Kind::script));
  network_.write("cases/b.sh", "nft add table ip f\n");
  EXPECT_THAT(kinds(load("{gw: b.sh}"), Backend::iptables_nft), ElementsAre(Kind::script));
  network_.write("cases/c", "#!/usr/sbin/nft -f\nadd table ip f\n");
  EXPECT_THAT(kinds(load("{gw: c}"), Backend::nft), ElementsAre(Kind::nft));
  network_.write("cases/d", "#!/usr/sbin/iptables-restore\n*filter\nCOMMIT\n");
  EXPECT_THAT(kinds(load("{gw: d}"), Backend::iptables_nft), ElementsAre(Kind::iptables_save));
  // What is named a script is one, whatever it looks like.
  EXPECT_THAT(kinds(load("{gw: {script: plain}}"), Backend::iptables_nft),
              ElementsAre(Kind::script));
}

TEST_F(RulesOfACase, MayBeSeveralInOrder) {
  const Case c =
      load("{gw: [{ipset: made.ipset}, {iptables: gw.rules, nft: gw.nft}, {script: setup.sh}]}");
  EXPECT_THAT(c.backends,
              ElementsAre(Backend::iptables_nft, Backend::iptables_legacy, Backend::nft));
  EXPECT_THAT(kinds(c, Backend::iptables_nft),
              ElementsAre(Kind::ipset, Kind::iptables_save, Kind::script));
  EXPECT_THAT(kinds(c, Backend::nft), ElementsAre(Kind::nft, Kind::script));
}

TEST_F(RulesOfACase, MayBeOfBridgesAndOfArp) {
  const Case c = load("{gw: {ebtables: frames.rules, arptables: frames.rules}}");
  const auto& files = c.rules.at(Backend::iptables_nft).at(0).files;
  EXPECT_EQ(files.at(0).family, Family::bridge);
  EXPECT_EQ(files.at(1).family, Family::arp);
}

TEST_F(RulesOfACase, AreNotTakenForWhatTheyAreNot) {
  EXPECT_EQ(
      mistakes("{gw: {ipset: gw.nft, nft: setup.sh}, web: {iptables: setup.sh}}"),
      R"(cases/a.yaml:2:21: error: 'gw.nft' is not ipset-save text: its first line is no 'create' or 'add'
      rules: {gw: {ipset: gw.nft, nft: setup.sh}, web: {iptables: setup.sh}}
                          ^
cases/a.yaml:2:34: error: 'setup.sh' is a script, not an nft file
      rules: {gw: {ipset: gw.nft, nft: setup.sh}, web: {iptables: setup.sh}}
                                       ^
cases/a.yaml:2:61: error: 'setup.sh' is a script, not iptables-save text
      rules: {gw: {ipset: gw.nft, nft: setup.sh}, web: {iptables: setup.sh}}
                                                                  ^)");
}

TEST_F(RulesOfACase, NeedAFileForAScript) {
  EXPECT_EQ(mistakes("{gw: {script: []}, web: {script: [nope.sh, 1]}}"),
            R"(cases/a.yaml:2:22: error: 'script' names no file
      rules: {gw: {script: []}, web: {script: [nope.sh, 1]}}
                           ^
cases/a.yaml:2:42: error: no file of rules 'nope.sh'
      rules: {gw: {script: []}, web: {script: [nope.sh, 1]}}
                                               ^
hint: looked for cases/nope.sh, fixtures/rulesets/nope.sh)");
  EXPECT_EQ(mistakes("{gw: {script: {a: b}}}"),
            R"(cases/a.yaml:2:22: error: a file of rules must be text, not a map
      rules: {gw: {script: {a: b}}}
                           ^
hint: text that begins with '[' or '{' needs quotes)");
  EXPECT_EQ(mistakes("{gw: {script: [setup.sh, [1]]}}"),
            R"(cases/a.yaml:2:33: error: an argument must be text, not a list
      rules: {gw: {script: [setup.sh, [1]]}}
                                      ^
hint: text that begins with '[' or '{' needs quotes)");
}

}  // namespace
}  // namespace fwproof::parse
