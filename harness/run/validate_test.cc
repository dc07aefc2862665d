// fwproof validate, as its users meet it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "run/cli.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;

TEST(Validate, CountsWhatIsGood) {
  const OneCase one;
  one.folder.write("net.yaml", "nodes: {a: {}}\n");
  one.folder.write("b.nft", "table ip x {\n}\n");
  const Ended ended = run_fwproof({"validate", one.folder.path("")});
  EXPECT_EQ(ended.status, kPassed);
  EXPECT_EQ(told(one.folder, ended),
            "1 case, 1 topology and 2 files of rules are good\n"
            "not tried in the kernel: 1 file of rules that no case loads\n");
  EXPECT_EQ(told(one.folder, run_fwproof({"validate", one.folder.path("w.rules")})),
            "1 file of rules is good\n"
            "not tried in the kernel: 1 file of rules that no case loads\n");
  EXPECT_EQ(told(one.folder, run_fwproof({"validate", "--no-kernel", one.folder.path("")})),
            "1 case, 1 topology and 2 files of rules are good\n");
}

TEST(Validate, FindsAllMistakesOfAllFiles) {
  const OneCase one;
  one.folder.write("a.yaml", "topology: lan\nflwos: {}\n");
  one.folder.write("net.yaml", "nodes: {a: {forwarding: maybe}}\n");
  const Ended ended = run_fwproof({"validate", one.folder.path("")});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(told(one.folder, ended), R"(a.yaml:2:1: error: unknown key 'flwos' in a case
      flwos: {}
      ^ did you mean 'flows'?
net.yaml:1:25: error: 'forwarding' must be true or false, not 'maybe'
      nodes: {a: {forwarding: maybe}}
                              ^
2 files are wrong; 1 case and 1 file of rules are good
)");
}

TEST(Validate, SaysWhereNothingIs) {
  const TestFolder folder;
  const Ended ended = run_fwproof({"validate", folder.path("")});
  EXPECT_EQ(ended.status, kNothingRan);
  EXPECT_EQ(told(folder, ended),
            "error: nothing to validate: no case, topology or file of rules lies there\n");
}

TEST(Validate, FindsAllThatOnlyTheToolsAndTheKernelRefuse) {
  const OneCase one(R"(*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dprot 22 -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -j DNAT --to-destination 10.0.0.9
COMMIT
)");
  one.folder.write("late.nft", "table ip x {\n  chain c {\n    tcp dprt 22 accept\n  }\n}\n");
  one.folder.write("late.yaml", R"(# Rules that come later.
topology: lan
flows: {ssh: tcp M -> W:22}
steps: [{rules: {W: late.nft}}, {flow: ssh}]
checks: {ssh: {outcome: connected}}
)");
  const Ended ended = run_fwproof({"validate", one.folder.path("")});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(told(one.folder, ended),
            R"(late.nft:3:9: error: nft: syntax error, unexpected string
          tcp dprt 22 accept
              ^
w.rules:3:1: error: iptables-nft-restore: unknown option "--dprot"
      -A INPUT -p tcp --dprot 22 -j ACCEPT
      ^
w.rules:5:1: error: iptables-nft-restore: RULE_APPEND failed (Invalid argument): rule in chain INPUT
      -A INPUT -j DNAT --to-destination 10.0.0.9
      ^
w.rules:6:1: error: iptables-legacy-restore: line 6 failed
      COMMIT
      ^
hint: a legacy table is loaded as a whole, at COMMIT: iptables-nft would name the rule
2 files are wrong; 2 cases are good
)");
}

TEST(Validate, RunsNothingOfTheUsers) {
  const OneCase one;
  one.folder.write("touch.sh", "#!/bin/sh\ntouch \"" + one.folder.path("touched") + "\"\n");
  one.folder.write("script.yaml", R"(# Rules behind a script, and a program.
topology: lan
rules: {W: [{script: touch.sh}, {iptables: w.rules}]}
flows: {ssh: tcp M -> W:22}
steps: [{exec: [touch, touched], in: M}, {flow: ssh}]
checks: {ssh: {outcome: connected}}
)");
  const Ended ended = run_fwproof({"validate", one.folder.path("script.yaml")});
  EXPECT_EQ(told(one.folder, ended),
            "1 case is good\n"
            "not tried in the kernel: 2 scripts and programs and what is loaded after them\n");
  EXPECT_EQ(ended.status, kPassed);
  EXPECT_NE(access(one.folder.path("touched").c_str(), F_OK), 0);
}

TEST(Validate, SaysThatTheKernelCannotBeAsked) {
  const OneCase one;
  const Ended ended = run_fwproof({"validate", one.path}, [] {
    if (unshare(CLONE_NEWUSER) != 0) _exit(126);
    const int most = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
    if (write(most, "0", 1) != 1) _exit(126);
  });
  EXPECT_EQ(told(one.folder, ended),
            "1 case is good\n"
            "not tried in the kernel: all that only it refuses (enter a user namespace: No space "
            "left on device)\n");
  EXPECT_EQ(ended.status, kPassed);
}

}  // namespace
}  // namespace fwproof::run
