// What a fuzzer has once stumbled over, and where it starts from: read by every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "fuzz/targets.h"

namespace fwproof::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCorpora = FWPROOF_SOURCE_DIR "/fixtures/fuzz";

std::vector<uint8_t> contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Corpus, IsTakenByEachTarget) {
  for (const Target& target : targets()) {
    size_t files = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(kCorpora) / target.name)) {
      SCOPED_TRACE(entry.path().string());
      target.take(contents(entry.path()));
      ++files;
    }
    EXPECT_GT(files, 0) << target.name;
  }
}

TEST(Corpus, IsThereForNoTargetThatIsGone) {
  std::set<std::string> names;
  for (const Target& target : targets()) names.emplace(target.name);
  for (const auto& entry : fs::directory_iterator(kCorpora))
    EXPECT_TRUE(names.contains(entry.path().filename().string())) << entry.path();
}

/// Every file cut short everywhere, for readers of bytes that come in parts.
TEST(Corpus, IsTakenCutShort) {
  for (const char* name : {"capture", "conntrack", "nflog", "packet", "trace", "walk"})
    for (const auto& entry : fs::directory_iterator(fs::path(kCorpora) / name)) {
      const std::vector<uint8_t> whole = contents(entry.path());
      for (size_t size = 0; size < whole.size(); ++size)
        find_target(name).take(std::span(whole).first(size));
    }
}

}  // namespace
}  // namespace fwproof::fuzz
