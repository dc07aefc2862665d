// What the pages of documentation show, run as their readers would.
#include "parse/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse/test_folder.h"
#include "run/cli.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;

/// Writes every block that names a file into the folder. Two of one name are a mistake of the page.
void write_files_of(const std::string& page, const TestFolder& folder) {
  for (const parse::PageBlock& block : parse::blocks_of(parse::read_page(page))) {
    if (block.file.empty()) continue;
    EXPECT_EQ(read_whole(folder.path(block.file)), "") << page << ":" << block.line;
    folder.write(block.file, block.text);
  }
}

class Page : public testing::TestWithParam<const char*> {};

TEST_P(Page, ShowsCasesThatHold) {
  const TestFolder folder;
  write_files_of(GetParam(), folder);
  const Ended ended = run_fwproof({"run", folder.path("")});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
}

TEST_P(Page, ShowsMutantsThatTurnTheirCasesRed) {
  const TestFolder folder;
  write_files_of(GetParam(), folder);
  const Ended ended = run_fwproof({"run", "--mutants", folder.path("")});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
}

INSTANTIATE_TEST_SUITE_P(Docs, Page, testing::Values("README.md", "docs/reference.md"),
                         [](const auto& page) {
                           const std::string path = page.param;
                           return path == "README.md" ? "Readme" : "Reference";
                         });

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
