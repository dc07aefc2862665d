// Evidence that was lost, not understood, contradictory or of nothing that was seen makes a case an
// error that says what it was: each forced, in whole cases.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <regex>
#include <string>
#include <vector>

#include "parse/test_folder.h"
#include "run/cli.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;

/// A case of one datagram that is answered, and `more` of it.
std::string case_of(const std::string& more) {
  return "# A datagram and its answer.\ntopology: lan\nflows: {ask: udp M -> W:53}\n"
         "checks: {ask: {outcome: answered}}\nmutant: {W: {service: udp/53}}\n" +
         more;
}

/// Why a case is an error, which it must be for its evidence. Numbers that differ from run to run
/// are left out.
std::string error_of(const std::string& backend, const std::string& text,
                     const std::string& spoiled = "") {
  const TestFolder folder;
  folder.write("w.rules", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j ACCEPT\nCOMMIT\n");
  folder.write("tracking.nft", R"(table ip t {
  chain in { type filter hook input priority 0; ct state new accept; }
}
)");
  folder.write("untraced.nft", R"(table ip t {
  chain in { type filter hook input priority -500; meta nftrace set 0; }
}
)");
  const auto write_chain = [&](const std::string& name, int priority) {
    folder.write(name + ".nft",
                 fmt::format("table ip t {{\n  chain {} {{ type filter hook input priority {}; "
                             "meta nftrace set 1; }}\n}}\n",
                             name, priority));
  };
  write_chain("first", -2147483647);
  write_chain("last", 2147483646);
  write_chain("between", 2147483645);
  folder.write("static.nft", R"(table ip t {
  set s { type ipv4_addr; elements = { 192.168.11.104 }; }
  chain c { type filter hook input priority 0; ip saddr @s counter; }
}
)");
  folder.write("dynamic.nft", R"(table ip t {
  set s { type ipv4_addr; flags dynamic; size 9; elements = { 192.168.11.104 }; }
  chain c { type filter hook input priority 0; ip saddr @s counter; }
}
)");
  const std::string path = folder.write("a.yaml", text);
  const Ended ended = run_fwproof({"run", "--backend", backend, path}, [&] {
    if (spoiled.empty()) return;
    setenv("LD_PRELOAD", FWPROOF_SPOIL, 1);
    setenv("FWPROOF_SPOIL", spoiled.c_str(), 1);
  });
  EXPECT_EQ(ended.status, kMachine) << ended.output;
  EXPECT_EQ(ended.error, "");
  EXPECT_THAT(ended.output, testing::HasSubstr("0 passed, 0 failed, 1 error, 0 skipped in"));
  size_t start = ended.output.find("\n\n") + 2;
  if (ended.output.compare(start, 3, "  /") == 0)  // a check that failed too, told by its file
    start = ended.output.find("\n\n", start) + 2;
  const std::string reasons =
      ended.output.substr(start, ended.output.find("\n\n", start) + 1 - start);
  const std::regex varying("of [0-9]+ bytes|message [0-9a-f]{8}|lost [0-9]+|[^ (]*/(?=a.yaml)");
  return std::regex_replace(reasons, varying, "...");
}

TEST(Evidence, OfATapWhoseBufferRanFullIsLost) {
  EXPECT_EQ(
      error_of("iptables-nft", case_of("rules: {W: {iptables: w.rules}}\n"), "buffers"),
      R"(  node 'M': messages of the trace or of connection tracking were lost: the receive buffer ran full
  node 'W': messages of the trace or of connection tracking were lost: the receive buffer ran full
  flow 'ask': the socket says 'answered', but no packet that began it was delivered: 'data' lost in M after OUTPUT, by no verdict of a rule
  flow 'ask': the service of 'W' took it, but no packet was seen to get there
)");
}

TEST(Evidence, OfACaptureThatAFloodOverranIsLost) {
  const std::string reasons =
      error_of("nft", R"(# So many fragments at once that no capture can hold them.
topology: lan
flows: {ask: {send: udp M -> 127.0.0.1:53, length: 65000, fragments: {size: 16}}}
checks: {ask: {outcome: refused, capture: [{at: "M:lo", filter: ip, packets: ">= 1"}]}}
mutant: {W: {service: udp/53}}
)");
  const std::string capture = "  node 'M' dev 'lo': the capture ... packets\n";
  if (geteuid() == 0) {
    EXPECT_EQ(reasons, capture);
  } else {  // his buffers are smaller: the trace is lost as well
    EXPECT_THAT(reasons, testing::EndsWith(capture));
  }
}

TEST(Evidence, ThatCannotBeDecodedIsAnError) {
  EXPECT_EQ(error_of("iptables-nft", case_of("rules: {W: {iptables: w.rules}}\n"), "trace"),
            R"(  node 'M': a trace message ... could not be understood
  node 'M': trace ... in fwproof postrouting is of no packet that was seen to enter
  flow 'ask': the socket says 'answered', but no packet that began it was seen
  flow 'ask': the service of 'W' took it, but no packet was seen to get there
)");
  EXPECT_EQ(error_of("nft", case_of("rules: {W: {nft: tracking.nft}}\n"), "conntrack"),
            "  node 'W': a conntrack event ... could not be understood\n");
}

TEST(Evidence, OfAPacketThatNobodySawIsAnError) {
  EXPECT_EQ(error_of("iptables-legacy", case_of("rules: {W: {iptables: w.rules}}\n"), "packet"),
            R"(  node 'W': a trace line of filter INPUT fits no packet that was seen there
  node 'W': a trace line of filter OUTPUT fits no packet that was seen there
)");
}

TEST(Evidence, OfASocketThatContradictsTheTraceIsAnError) {
  EXPECT_EQ(
      error_of("nft", case_of("rules: {W: {nft: untraced.nft}}\n")),
      R"(  node 'W': 't "in" rule 1' switches the kernel's trace off (meta nftrace): what packets meet after it is not told; leave it out of the test
  flow 'ask': the socket says 'answered', but no packet that began it was delivered: 'data' lost in W after INPUT, by no verdict of a rule
  flow 'ask': the service of 'W' took it, but no packet was seen to get there
)");
}

TEST(Evidence, OfChainsThatStandWhereFwproofsOwnDoIsAnError) {
  EXPECT_EQ(
      error_of("nft", case_of("rules: {W: {nft: [first.nft, last.nft, between.nft]}}\n")),
      R"(  node 'W': chain 't first' has priority -2147483647, where fwproof's own chains stand or beyond: what it does is not seen; priorities from -2147483646 to 2147483645 are
  node 'W': chain 't last' has priority 2147483646, where fwproof's own chains stand or beyond: what it does is not seen; priorities from -2147483646 to 2147483645 are
)");
}

TEST(Evidence, OfAnElementThatMayHaveChangedIsAnError) {
  const std::string check =
      "checks: {ask: {walk: {W: {data: {contains: t c rule 1 element 192.168.11.104}}}}}\n";
  const std::string unknown =
      "  node 'W': what 't c rule 1' found in its set is not known: the set is one that packets "
      "change or whose elements time out, it has changed since, its key is none that fwproof "
      "knows, or asking took more than 10 s (...a.yaml:4)\n";
  const auto asked = [&](const std::string& rules, const std::string& steps) {
    return error_of("nft", "# An element.\ntopology: lan\nflows: {ask: udp M -> W:53}\n" + check +
                               "mutant: {W: {service: udp/53}}\nrules: {W: {nft: " + rules +
                               "}}\n" + steps);
  };
  EXPECT_EQ(asked("dynamic.nft", ""), unknown);
  EXPECT_EQ(asked("static.nft",
                  "steps: [{flow: ask}, {exec: [nft, add, element, t, s, '{', 10.0.0.9, '}'], "
                  "in: W}]\n"),
            unknown);
}

TEST(Evidence, OfConntrackThatContradictsItsEventsIsAnError) {
  EXPECT_EQ(
      error_of("nft", case_of("rules: {W: {nft: tracking.nft}}\n"
                              "steps: [{sysctl: {W: {net.netfilter.nf_conntrack_events: 0}}}, "
                              "{flow: ask}]\n")),
      "  node 'W': a conntrack entry exists that no event told of (net.netfilter."
      "nf_conntrack_events is 0?)\n");
}

}  // namespace
}  // namespace fwproof::run
