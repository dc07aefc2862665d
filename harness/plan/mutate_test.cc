#include "plan/mutate.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace fwproof::plan {
namespace {

constexpr const char* kIptables =
    "*nat\n"
    ":PREROUTING ACCEPT [0:0]\n"
    "-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80\n"
    "COMMIT\n"
    "*filter\n"
    ":FORWARD DROP [0:0]\n"
    "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
    "-A FORWARD -m comment --comment web -j ACCEPT\n"
    "COMMIT\n";

constexpr const char* kNft =
    "table inet fw {\n"
    "  chain in {\n"
    "    type filter hook input priority 0; policy drop;\n"
    "    tcp dport { 22, 80 } accept; ip saddr 10.0.0.1 drop # both here\n"
    "    meta l4proto icmp \\\n"
    "      accept\n"
    "  }\n"
    "}\n"
    "add rule inet fw in udp dport 53 accept\n";

Rule rule(unsigned number, const std::string& text, const Location& at, int last_line,
          const std::string& comment = "") {
  return {.number = number, .text = text, .comment = comment, .at = at, .last_line = last_line};
}

RulesFile iptables_file() {
  const std::string path = "fixtures/gw.rules";
  Chain prerouting{.name = "PREROUTING", .policy = Verdict::accept};
  prerouting.rules = {rule(1,
                           "-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80",
                           {path, 3, 1}, 3)};
  Chain forward{.name = "FORWARD", .policy = Verdict::drop, .policy_at = {path, 6, 1}};
  forward.rules = {
      rule(1, "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT", {path, 7, 1}, 7),
      rule(2, "-A FORWARD -m comment --comment web -j ACCEPT", {path, 8, 1}, 8, "web")};
  RulesFile file{.path = path, .text = kIptables};
  file.written.tables = {{.name = "nat", .chains = {prerouting}},
                         {.name = "filter", .chains = {forward}}};
  return file;
}

RulesFile nft_file() {
  const std::string path = "fixtures/gw.nft";
  Chain in{.name = "in", .base = BaseChain{Hook::input, 0, "filter"}, .policy = Verdict::drop};
  in.rules = {rule(1, "tcp dport { 22, 80 } accept", {path, 4, 5}, 4),
              rule(2, "ip saddr 10.0.0.1 drop", {path, 4, 34}, 4),
              rule(3, "meta l4proto icmp accept", {path, 5, 5}, 6),
              rule(4, "udp dport 53 accept", {path, 9, 21}, 9)};
  RulesFile file{.kind = RulesFile::Kind::nft, .path = path, .text = kNft};
  file.written.tables = {{.family = Family::inet, .name = "fw", .chains = {in}}};
  return file;
}

Case a_case() {
  Case made{.name = "nat/forward"};
  made.topology.nodes = {{.name = "gw",
                          .forwarding = true,
                          .routes = {{.via = IpAddress::parse("10.0.0.1")}},
                          .services = {{Transport::tcp, 80, {}, {}},
                                       {Transport::udp, 53, IpAddress::parse("10.0.0.1"), {}}},
                          .sysctls = {{"net.ipv4.conf.all.rp_filter", "1"}}}};
  made.rules[Backend::iptables_nft] = {{"gw", {iptables_file()}}};
  made.rules[Backend::nft] = {{"gw", {nft_file()}}};
  return made;
}

Mutant mutant(Mutant::Kind kind, const std::string& table = "", const std::string& chain = "",
              unsigned number = 0) {
  Mutant made{.node = "gw", .kind = kind, .at = {"cases/forward.yaml", 20, 9}};
  made.step.table = table;
  made.step.chain = chain;
  made.step.rule_number = number;
  if (number > 0) made.step.says = StepPattern::Says::rule;
  made.step.text = table + " " + chain + " rule " + std::to_string(number);
  return made;
}

const RulesFile& rules_of(const Case& c, Backend backend) {
  return c.rules.at(backend).front().files.front();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

std::string error_of(const Mutant& m, Backend backend = Backend::iptables_nft) {
  try {
    mutated(a_case(), m, backend);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "no error";
}

TEST(Mutated, RemovesARuleAndKeepsTheLinesOfTheOthers) {
  const Case c = mutated(a_case(), mutant(Mutant::Kind::remove, "filter", "FORWARD", 1),
                         Backend::iptables_nft);
  const auto& file = rules_of(c, Backend::iptables_nft);
  const std::string line = "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT";
  EXPECT_EQ(file.text, replaced(kIptables, line, ""));
  const auto& left = file.written.tables[1].chains[0].rules;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].number, 1u);
  EXPECT_EQ(left[0].at.line, 8);
}

TEST(Mutated, FindsARuleByItsCommentAndByItsLine) {
  Mutant by_comment = mutant(Mutant::Kind::remove, "filter", "FORWARD");
  by_comment.step.says = StepPattern::Says::rule;
  by_comment.step.rule_comment = "web";
  Mutant by_line = mutant(Mutant::Kind::remove, "filter", "FORWARD");
  by_line.step.says = StepPattern::Says::rule;
  by_line.step.rule_file = "gw.rules";
  by_line.step.rule_line = 8;
  for (const auto& m : {by_comment, by_line}) {
    const Case c = mutated(a_case(), m, Backend::iptables_nft);
    const auto& left = rules_of(c, Backend::iptables_nft).written.tables[1].chains[0].rules;
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].at.line, 7);
  }
}

TEST(Mutated, RemovesOneOfTwoNftRulesOnALine) {
  const Case first = mutated(a_case(), mutant(Mutant::Kind::remove, "fw", "in", 1), Backend::nft);
  const std::string one = "    tcp dport { 22, 80 } accept";
  EXPECT_EQ(rules_of(first, Backend::nft).text, replaced(kNft, one, std::string(one.size(), ' ')));
  const Case second = mutated(a_case(), mutant(Mutant::Kind::remove, "fw", "in", 2), Backend::nft);
  const std::string two = " ip saddr 10.0.0.1 drop ";
  EXPECT_EQ(rules_of(second, Backend::nft).text, replaced(kNft, two, std::string(two.size(), ' ')));
}

TEST(Mutated, RemovesAnNftRuleOverTwoLinesAndOneThatIsAdded) {
  const Case two_lines =
      mutated(a_case(), mutant(Mutant::Kind::remove, "fw", "in", 3), Backend::nft);
  EXPECT_EQ(rules_of(two_lines, Backend::nft).text,
            replaced(kNft, "    meta l4proto icmp \\\n      accept",
                     std::string(23, ' ') + "\n" + std::string(12, ' ')));
  const Case added = mutated(a_case(), mutant(Mutant::Kind::remove, "fw", "in", 4), Backend::nft);
  const std::string line = "add rule inet fw in udp dport 53 accept";
  EXPECT_EQ(rules_of(added, Backend::nft).text,
            replaced(kNft, line, std::string(line.size(), ' ')));
}

TEST(Mutated, SetsThePolicyBeforeTheTableIsCommitted) {
  Mutant m = mutant(Mutant::Kind::policy, "filter", "FORWARD");
  m.text = "ACCEPT";
  const Case c = mutated(a_case(), m, Backend::iptables_nft);
  const auto& file = rules_of(c, Backend::iptables_nft);
  EXPECT_EQ(file.text, replaced(kIptables, "web -j ACCEPT\nCOMMIT\n",
                                "web -j ACCEPT\n-P FORWARD ACCEPT\nCOMMIT\n"));
  EXPECT_EQ(file.written.tables[1].chains[0].policy, Verdict::accept);
  EXPECT_EQ(file.written.tables[1].chains[0].policy_at, m.at);
}

TEST(Mutated, SetsAnNftPolicyAtTheEnd) {
  Mutant m = mutant(Mutant::Kind::policy, "fw", "in");
  m.text = "accept";
  const Case c = mutated(a_case(), m, Backend::nft);
  EXPECT_EQ(rules_of(c, Backend::nft).text,
            std::string(kNft) + "add chain inet fw in { policy accept; }\n");
}

TEST(Mutated, PutsARuleBeforeAnotherAndLast) {
  Mutant insert = mutant(Mutant::Kind::insert, "filter", "FORWARD", 2);
  insert.text = "-p udp -j DROP";
  insert.nft_text = "udp dport 1 drop";
  const Case c = mutated(a_case(), insert, Backend::iptables_nft);
  const auto& file = rules_of(c, Backend::iptables_nft);
  EXPECT_EQ(file.text, replaced(kIptables, "web -j ACCEPT\nCOMMIT\n",
                                "web -j ACCEPT\n-I FORWARD 2 -p udp -j DROP\nCOMMIT\n"));
  const auto& rules = file.written.tables[1].chains[0].rules;
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[1].number, 2u);
  EXPECT_EQ(rules[1].target, "DROP");
  EXPECT_EQ(rules[1].at, insert.at);
  EXPECT_EQ(rules[2].number, 3u);
  EXPECT_EQ(rules[2].at.line, 8);

  Mutant append = mutant(Mutant::Kind::append, "fw", "in");
  append.text = "udp dport 1 drop";
  EXPECT_EQ(rules_of(mutated(a_case(), append, Backend::nft), Backend::nft).text,
            std::string(kNft) + "add rule inet fw in udp dport 1 drop\n");
  insert.step = mutant(Mutant::Kind::insert, "fw", "in", 2).step;
  EXPECT_EQ(rules_of(mutated(a_case(), insert, Backend::nft), Backend::nft).text,
            std::string(kNft) + "insert rule inet fw in index 1 udp dport 1 drop\n");
}

TEST(Mutated, ChangesTheNode) {
  Mutant sysctl = mutant(Mutant::Kind::sysctl);
  sysctl.key = "net.ipv4.conf.all.rp_filter";
  sysctl.text = "0";
  const auto node = [](const Mutant& m) {
    return mutated(a_case(), m, Backend::nft).topology.nodes.front();
  };
  ASSERT_EQ(node(sysctl).sysctls.size(), 1u);
  EXPECT_EQ(node(sysctl).sysctls[0].second, "0");
  Mutant forwarding = mutant(Mutant::Kind::forwarding);
  forwarding.text = "false";
  EXPECT_FALSE(node(forwarding).forwarding);
  Mutant service = mutant(Mutant::Kind::service);
  service.text = "tcp/80";
  EXPECT_EQ(node(service).services.size(), 1u);
  service.text = "udp/10.0.0.1:53";
  EXPECT_EQ(node(service).services.size(), 1u);
  EXPECT_TRUE(node(mutant(Mutant::Kind::route)).routes.empty());
}

TEST(Mutated, RunsAScriptWithOtherArguments) {
  Case c = a_case();
  RulesFile script;
  script.kind = RulesFile::Kind::script;
  script.path = "cases/setup.sh";
  script.arguments = {"80"};
  c.rules[Backend::nft] = {{"web", {script}}, {"gw", {script}}};
  Mutant other = mutant(Mutant::Kind::script);
  other.text = "setup.sh";
  other.arguments = {"443", "8443"};
  const Case changed = mutated(c, other, Backend::nft);
  const auto arguments = [&](size_t i) {
    return changed.rules.at(Backend::nft)[i].files[0].arguments;
  };
  EXPECT_EQ(arguments(0), std::vector<std::string>{"80"});
  EXPECT_EQ(arguments(1), (std::vector<std::string>{"443", "8443"}));
}

TEST(Mutated, SaysWhatIsNotThere) {
  const std::string at = "cases/forward.yaml:20:9: error: mutant of node 'gw': ";
  EXPECT_EQ(error_of(mutant(Mutant::Kind::remove, "filter", "FORWRAD", 1)),
            at + "its rules for iptables-nft have no chain 'FORWRAD' in table 'filter'"
                 " (did you mean 'FORWARD'?)");
  EXPECT_EQ(error_of(mutant(Mutant::Kind::remove, "filter", "FORWARD", 3)),
            at + "'filter FORWARD rule 3' names no rule in its rules for iptables-nft");
  EXPECT_EQ(
      error_of(mutant(Mutant::Kind::remove, "filter", "FORWARD", 1), Backend::iptables_legacy),
      at + "its rules for iptables-legacy have no chain 'FORWARD' in table 'filter'");
  Mutant policy = mutant(Mutant::Kind::policy, "filter", "FORWARD");
  policy.text = "REJECT";
  EXPECT_EQ(error_of(policy), at + "'REJECT' is no policy, it is ACCEPT or DROP");
  Mutant service = mutant(Mutant::Kind::service);
  service.text = "tcp/81";
  EXPECT_EQ(error_of(service), at + "it has no service 'tcp/81'");
  Mutant node = mutant(Mutant::Kind::route);
  node.node = "gww";
  EXPECT_EQ(error_of(node),
            "cases/forward.yaml:20:9: error: mutant of node 'gww': there is no such node");
}

TEST(Mutated, RefusesARuleWhosePlaceIsNotKnown) {
  Case c = a_case();
  c.rules[Backend::iptables_nft][0].files[0].written.tables[1].chains[0].rules[0].at.line = 0;
  try {
    mutated(c, mutant(Mutant::Kind::remove, "filter", "FORWARD", 1), Backend::iptables_nft);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_STREQ(error.what(),
                 "cases/forward.yaml:20:9: error: mutant of node 'gw': the place of "
                 "'-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT' in "
                 "'fixtures/gw.rules' is not known");
  }
}

}  // namespace
}  // namespace fwproof::plan
