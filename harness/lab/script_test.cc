#include "lab/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "lab/lab.h"
#include "lab/program.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A node and a folder of scripts.
class Script : public testing::Test {
 protected:
  Script() : lab_(one_node()) {
    std::string folder = (std::filesystem::temp_directory_path() / "fwproof-lab-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~Script() override { std::filesystem::remove_all(folder_); }

  RulesFile script(const std::string& text, std::vector<std::string> arguments = {}) const {
    const std::string path = folder_ + "/setup.sh";
    std::ofstream(path) << text;
    return {.kind = RulesFile::Kind::script,
            .path = path,
            .text = text,
            .arguments = std::move(arguments)};
  }

  void run(const RulesFile& file, Backend backend = Backend::iptables_nft,
           Deadline deadline = Deadline::after(kTimeForScript)) {
    run_script(lab_.netns("host"), lab_.own_files("host", backend), "host", file, deadline);
  }

  /// What BadInput says, without the folder's path.
  std::string error_of(const RulesFile& file) {
    std::string text = "no error";
    try {
      run(file);
    } catch (const BadInput& error) {
      text = error.what();
    }
    for (size_t at = 0; (at = text.find(folder_ + "/", at)) != text.npos;)
      text.erase(at, folder_.size() + 1);
    return text;
  }

  std::string output_of(const std::vector<std::string>& argv) {
    return run_program(lab_.netns("host"), "host", {.argv = argv},
                       Deadline::after(std::chrono::seconds(10)))
        .output;
  }

  Lab lab_;
  std::string folder_;
};

TEST_F(Script, LoadsRulesByTheToolsOfTheBackend) {
  if (!std::filesystem::exists("/etc/alternatives/iptables"))
    GTEST_SKIP() << "iptables stands for one backend here: there are no alternatives";
  const RulesFile file =
      script("#!/bin/sh\niptables -A INPUT -p tcp --dport \"$1\" -j DROP\n", {"81"});
  run(file, Backend::iptables_legacy);
  EXPECT_THAT(output_of({"iptables-legacy-save"}), HasSubstr("--dport 81 -j DROP"));
  Lab other(one_node());
  run_script(other.netns("host"), other.own_files("host", Backend::iptables_nft), "host", file);
  EXPECT_THAT(run_program(other.netns("host"), "host", {.argv = {"iptables-nft-save"}},
                          Deadline::after(std::chrono::seconds(10)))
                  .output,
              HasSubstr("--dport 81 -j DROP"));
}

TEST_F(Script, WritesToRunAndEtcWithoutTouchingTheMachine) {
  run(
      script("#!/bin/sh\nset -e\n"
             "[ -z \"$(ls /run | grep -v lock)\" ]\n"
             "echo here > /run/fwproof-test\n"
             "echo here > /etc/fwproof-test\n"
             "[ -e /etc/passwd ]\n"
             "[ \"$(ls /sys/class/net)\" = lo ]\n"));
  EXPECT_FALSE(std::filesystem::exists("/run/fwproof-test"));
  EXPECT_FALSE(std::filesystem::exists("/etc/fwproof-test"));
}

TEST_F(Script, FindsWhatTheOneBeforeItLeft) {
  run(script("#!/bin/sh\necho 1 > /etc/fwproof-test; echo 2 > /run/fwproof-test\n"));
  EXPECT_EQ(
      error_of(script("[ \"$(cat /etc/fwproof-test /run/fwproof-test | tr -d '\\n')\" = 12 ]")),
      "no error");
}

TEST_F(Script, RunsInItsOwnFolder) {
  std::ofstream(folder_ + "/part") << "exit 7\n";
  EXPECT_EQ(
      error_of(script("#!/bin/sh\n. ./part\n")),
      "setup.sh: error: node 'host': the script ended with exit status 7: it failed without a "
      "word");
}

TEST_F(Script, ThatFailsIsQuotedWithItsLine) {
  EXPECT_EQ(error_of(script("#!/bin/bash\necho some > /dev/null\n\nnosuchprogram --all\n")),
            "setup.sh:4:1: error: node 'host': the script ended with exit status 127: "
            "setup.sh: line 4: nosuchprogram: command not found\n"
            "      nosuchprogram --all\n"
            "      ^");
  EXPECT_EQ(error_of(script("PATH=/bin; nosuchprogram --all\n")),
            "setup.sh:1:1: error: node 'host': the script ended with exit status 127: "
            "setup.sh: 1: nosuchprogram: not found\n"
            "      PATH=/bin; nosuchprogram --all\n"
            "      ^");
  EXPECT_EQ(
      error_of(script("#!/bin/sh\necho first >&2; echo 'no such chain' >&2; exit 3\n")),
      "setup.sh: error: node 'host': the script ended with exit status 3: first; no such chain");
}

TEST_F(Script, ThatDoesNotEndIsEnded) {
  try {
    run(script("#!/bin/sh\necho waiting >&2\nsleep 100 & wait\n"), Backend::iptables_nft,
        Deadline::after(std::chrono::milliseconds(300)));
    ADD_FAILURE();
  } catch (const MachineError& error) {
    EXPECT_EQ(std::string(error.what()),
              "node 'host': run '" + folder_ + "/setup.sh': it did not end in time");
    EXPECT_EQ(error.hint(), "its last words: waiting");
  }
}

TEST(ScriptCommand, IsWhatTheFirstLineSays) {
  RulesFile file{
      .kind = RulesFile::Kind::script, .path = "/x/a.sh", .arguments = {"1", "two words"}};
  file.text = "#!/bin/bash -e -u\n";
  EXPECT_THAT(script_command(file), ElementsAre("/bin/bash", "-e -u", "/x/a.sh", "1", "two words"));
  file.text = "#! /usr/bin/python3";
  EXPECT_THAT(script_command(file), ElementsAre("/usr/bin/python3", "/x/a.sh", "1", "two words"));
  file.text = "iptables -F\n";
  EXPECT_THAT(script_command(file), ElementsAre("sh", "/x/a.sh", "1", "two words"));
}

}  // namespace
}  // namespace fwproof::lab
