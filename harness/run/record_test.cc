// fwproof run --record and --update, as their users meet them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "run/cli.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using testing::HasSubstr;

constexpr const char* kUnchecked = R"(# What W lets in.
topology: lan
rules: {W: w.rules}
flows:
  ssh: tcp M -> W:22          # let in
  telnet: tcp M:40000 -> W:23

# proof
mutant: {W: {remove: filter INPUT rule 1}}
)";

constexpr const char* kRecorded = R"(# What W lets in.
topology: lan
rules: {W: w.rules}
flows:
  ssh: tcp M -> W:22          # let in
  telnet: tcp M:40000 -> W:23
checks:
  ssh:
    outcome: connected
    reaches: W:22
    seen as: 192.168.11.104
    walk:
      W:
        syn: [filter INPUT rule 1 ACCEPT]
        ack: [filter INPUT rule 1 ACCEPT]
  telnet:
    outcome: dropped
    dropped: W filter INPUT policy DROP
    walk:
      W:
        syn: [filter INPUT policy DROP]

# proof
mutant: {W: {remove: filter INPUT rule 1}}
)";

/// The output without the path of the folder.
std::string told(const OneCase& one, const Ended& ended) {
  std::string text = ended.output + ended.error;
  const std::string folder = one.folder.path("");
  for (size_t at = 0; (at = text.find(folder, at)) != std::string::npos;)
    text.erase(at, folder.size());
  return text;
}

TEST(Record, WritesWhatWasSeenAndKeepsTheRest) {
  const OneCase one(kRules, kUnchecked);
  const Ended ended = run_fwproof({"run", "--record", one.path});
  EXPECT_EQ(ended.status, kPassed);
  EXPECT_EQ(read_whole(one.path), kRecorded);
  EXPECT_EQ(told(one, ended),
            R"(left out: 'ssh walk W syn-ack' differs from run to run or between backends
--- ssh.yaml
+++ ssh.yaml
@@ -4,6 +4,21 @@
 flows:
   ssh: tcp M -> W:22          # let in
   telnet: tcp M:40000 -> W:23
+checks:
+  ssh:
+    outcome: connected
+    reaches: W:22
+    seen as: 192.168.11.104
+    walk:
+      W:
+        syn: [filter INPUT rule 1 ACCEPT]
+        ack: [filter INPUT rule 1 ACCEPT]
+  telnet:
+    outcome: dropped
+    dropped: W filter INPUT policy DROP
+    walk:
+      W:
+        syn: [filter INPUT policy DROP]
 
 # proof
 mutant: {W: {remove: filter INPUT rule 1}}
written  ssh.yaml
)");
  EXPECT_EQ(run_fwproof({"run", one.path}).status, kPassed);
  EXPECT_EQ(run_fwproof({"run", "--mutants", one.path}).status, kPassed);
  EXPECT_EQ(run_fwproof({"validate", one.path}).status, kPassed);
}

TEST(Record, ChangesNothingWhereChecksHold) {
  const OneCase one(kRules, kRecorded);
  for (const char* flag : {"--record", "--update"}) {
    const Ended ended = run_fwproof({"run", flag, one.path});
    EXPECT_EQ(ended.status, kPassed);
    EXPECT_EQ(told(one, ended), "same  ssh\n");
    EXPECT_EQ(read_whole(one.path), kRecorded);
  }
}

/// A case of rules that have changed since: telnet is out, ssh is in by another rule.
constexpr const char* kStale = R"(# What W lets in.
topology: lan
rules: {W: changed.rules}
flows:
  telnet: tcp M -> W:23
  ssh: tcp M:40000 -> W:22
checks:
  telnet: {outcome: connected, reaches: "W:23", walk: {W: {syn: [filter INPUT rule 1]}}}
  ssh:
    outcome: refused   # nobody listens
    walk:
      W:
        syn:
          - raw PREROUTING            # first
          # then the filter
          - filter INPUT rule 1 ACCEPT
    conntrack:
      W: {original: 192.168.11.104 -> 192.168.11.108:2222, status: ["!ASSURED", "!SRC_NAT"]}
)";

constexpr const char* kChangedRules = R"(*raw
:PREROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
)";

TEST(Record, OnlyShowsTheDifferenceWhereThereAreChecks) {
  const OneCase one(kRules, kStale);
  one.folder.write("changed.rules", kChangedRules);
  const Ended ended = run_fwproof({"run", "--record", one.path});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_EQ(read_whole(one.path), kStale);
  EXPECT_THAT(told(one, ended), HasSubstr("not written: ssh.yaml has checks that do not hold; "
                                          "--update writes what was seen\n"));
}

TEST(Update, WritesWhatDiffersAndNothingElse) {
  const OneCase one(kRules, kStale);
  one.folder.write("changed.rules", kChangedRules);
  const Ended ended = run_fwproof({"run", "--update", one.path});
  EXPECT_EQ(ended.status, kPassed);
  EXPECT_EQ(told(one, ended), R"(--- ssh.yaml
+++ ssh.yaml
@@ -5,14 +5,14 @@
   telnet: tcp M -> W:23
   ssh: tcp M:40000 -> W:22
 checks:
-  telnet: {outcome: connected, reaches: "W:23", walk: {W: {syn: [filter INPUT rule 1]}}}
+  telnet: {outcome: dropped, walk: {W: {syn: [raw PREROUTING, filter INPUT policy DROP]}}}
   ssh:
-    outcome: refused   # nobody listens
+    outcome: connected   # nobody listens
     walk:
       W:
         syn:
           - raw PREROUTING            # first
           # then the filter
-          - filter INPUT rule 1 ACCEPT
+          - filter INPUT rule 2 ACCEPT
     conntrack:
-      W: {original: 192.168.11.104 -> 192.168.11.108:2222, status: ["!ASSURED", "!SRC_NAT"]}
+      W: {original: 192.168.11.104:40000 -> 192.168.11.108:22, status: [ASSURED, '!SRC_NAT']}
written  ssh.yaml
)");
  EXPECT_EQ(run_fwproof({"run", one.path}).status, kPassed);
  EXPECT_EQ(told(one, run_fwproof({"run", "--update", one.path})), "same  ssh\n");
}

TEST(Update, LeavesWhatIsForTheUserToChange) {
  const OneCase one(kRules, std::string(kUnchecked) + R"(checks:
  ssh: {outcome: dropped, capture: [{at: "W:eth0", filter: tcp dst port 22, packets: none}]}
counters: {W: {filter INPUT rule 1: none}}
)");
  const Ended ended = run_fwproof({"run", "--update", one.path});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_EQ(told(one, ended), R"(--- ssh.yaml
+++ ssh.yaml
@@ -8,5 +8,5 @@
 # proof
 mutant: {W: {remove: filter INPUT rule 1}}
 checks:
-  ssh: {outcome: dropped, capture: [{at: "W:eth0", filter: tcp dst port 22, packets: none}]}
+  ssh: {outcome: connected, capture: [{at: "W:eth0", filter: tcp dst port 22, packets: none}]}
 counters: {W: {filter INPUT rule 1: none}}
written  ssh.yaml
ssh.yaml:11: left as it is: 'capture W:eth0' of 'ssh' does not hold, and is for you to change
ssh.yaml:12: left as it is: 'counters W' of 'ssh' does not hold, and is for you to change
)");
}

TEST(Record, RefusesWhatCannotBeRecorded) {
  const auto refusal = [](const std::string& text) {
    const OneCase one(kRules, text);
    const Ended ended = run_fwproof({"run", "--record", one.path});
    EXPECT_EQ(ended.status, kBadInput);
    EXPECT_EQ(read_whole(one.path), text);
    return told(one, ended);
  };
  EXPECT_EQ(
      refusal("topology: lan\nrows: {a: {p: 22}, b: {p: 23}}\nflows: {x: \"tcp M -> W:${p}\"}\n"),
      "ssh.yaml: error: the case cannot be recorded: it has rows, whose checks are one text "
      "for all\n");
  EXPECT_EQ(refusal("topology: lan\n"),
            "ssh.yaml: error: the case cannot be recorded: it has no flows\n");
  EXPECT_EQ(refusal("{topology: lan, flows: {x: \"tcp M -> W:22\"}}\n"),
            "ssh.yaml: error: the case cannot be recorded: its keys stand in brackets, where no "
            "lines can be put\n");
}

TEST(Record, LeavesOutWhatVaries) {
  std::string rules = "*filter\n:INPUT ACCEPT [0:0]\n";
  for (int i = 0; i < 12; ++i)
    rules += "-A INPUT -p tcp --syn -m statistic --mode random --probability 0.5\n";
  const OneCase one(rules + "COMMIT\n",
                    "topology: lan\nrules: {W: w.rules}\nbackends: iptables-nft\n"
                    "flows: {ssh: \"tcp M -> W:22\"}\n");
  const Ended ended = run_fwproof({"run", "--record", one.path});
  EXPECT_EQ(ended.status, kPassed) << told(one, ended);
  EXPECT_THAT(
      told(one, ended),
      HasSubstr("left out: 'ssh walk W syn' differs from run to run or between backends\n"));
  EXPECT_EQ(run_fwproof({"run", one.path}).status, kPassed);
}

TEST(Record, WritesTheCauseOfALossThatNoRuleDecided) {
  const OneCase one(kRules,
                    "topology: lan\nflows:\n  closed: tcp M -> W:24\n  none: icmp M -> "
                    "192.168.11.9\n");
  const Ended ended = run_fwproof({"run", "--record", one.path});
  EXPECT_EQ(ended.status, kPassed) << told(one, ended);
  EXPECT_EQ(read_whole(one.path), R"(topology: lan
flows:
  closed: tcp M -> W:24
  none: icmp M -> 192.168.11.9
checks:
  closed:
    outcome: refused
    cause: no listener at W
  none:
    outcome: unreachable host-unreachable
    cause: neighbour unresolved at M
)");
}

TEST(Update, LeavesWhatAProgramWroteForTheUserToChange) {
  const OneCase one(kRules,
                    "topology: lan\nflows:\n  say: {exec: [echo, hello], in: M}\n"
                    "checks:\n  say: {exit: 3, output: goodbye}\n");
  const Ended ended = run_fwproof({"run", "--update", one.path});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_EQ(told(one, ended), R"(--- ssh.yaml
+++ ssh.yaml
@@ -2,4 +2,4 @@
 flows:
   say: {exec: [echo, hello], in: M}
 checks:
-  say: {exit: 3, output: goodbye}
+  say: {exit: 0, output: goodbye}
written  ssh.yaml
ssh.yaml:5: left as it is: 'output' of 'say' does not hold, and is for you to change
)");
}

TEST(Record, LeavesNoFileBehind) {
  const OneCase one(kRules, kUnchecked);
  run_fwproof({"run", "--record", one.path});
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(one.folder.path(""))) {
    (void)file;
    ++files;
  }
  EXPECT_EQ(files, 2u);
}

}  // namespace
}  // namespace fwproof::run
