// docs/first-suite.md, followed as a reader would: each file written where it stands, each command
// run in a shell, each line of output shown found in what the command says.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <filesystem>
#include <regex>

#include "base/text.h"
#include "parse/pages.h"
#include "parse/test_folder.h"

namespace fwproof::run {
namespace {

constexpr const char* kGuide = "docs/first-suite.md";

struct Said {
  int status = -1;
  std::string text;
};

Said run_in_shell(const std::string& folder, const std::string& command) {
  const std::string path = std::filesystem::path(FWPROOF_PROGRAM).parent_path().string();
  const std::string whole =
      "cd '" + folder + "' && PATH='" + path + "':\"$PATH\" && { " + command + "\n} 2>&1";
  Said said;
  FILE* pipe = popen(whole.c_str(), "r");
  if (!pipe) return said;
  char buffer[4096];
  for (size_t length; (length = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    said.text.append(buffer, length);
  const int status = pclose(pipe);
  said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return said;
}

/// The shown lines, each somewhere behind the one before it.
void expect_shown(const std::string& command, const std::vector<std::string>& shown,
                  const Said& said) {
  size_t at = 0;
  bool fails = false;
  for (const std::string& line : shown) {
    fails = fails || line.starts_with("FAIL");
    const size_t found = said.text.find(line, at);
    EXPECT_NE(found, std::string::npos)
        << "$ " << command << "\nshows no line '" << line << "' in\n"
        << said.text;
    if (found != std::string::npos) at = found + line.size();
  }
  EXPECT_EQ(said.status, fails ? 1 : 0) << "$ " << command << "\n" << said.text;
}

void follow(const parse::PageBlock& block, const std::string& folder) {
  std::string command;
  std::vector<std::string> shown;
  const auto finish = [&] {
    if (!command.empty()) expect_shown(command, shown, run_in_shell(folder, command));
    shown.clear();
  };
  for (const std::string& line : split_lines(block.text)) {
    if (!line.starts_with("$ ")) {
      shown.push_back(line);
      continue;
    }
    finish();
    command = line.substr(2);
  }
  finish();
}

TEST(Guide, DoesWhatItSays) {
  const parse::TestFolder folder;
  size_t commands = 0;
  for (const parse::PageBlock& block : parse::blocks_of(parse::read_page(kGuide))) {
    if (!block.file.empty()) folder.write(block.file, block.text);
    if (block.language != "console") continue;
    ++commands;
    follow(block, folder.path(""));
  }
  EXPECT_GT(commands, 5u);
}

}  // namespace
}  // namespace fwproof::run
