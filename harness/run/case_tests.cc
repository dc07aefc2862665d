// Registers every case with GoogleTest, once for each backend and once more for each of its
// mutants, under the file and line it stands in. A file that does not load is a test that fails.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/standard_streams.h"
#include "parse/parse.h"
#include "report/terminal.h"
#include "run/load.h"
#include "run/mutants.h"
#include "run/privilege.h"
#include "run/run_case.h"

namespace fwproof::run {
namespace {

class CaseTest : public testing::Test {
 public:
  CaseTest(const Case& c, Backend backend, const Mutant* mutant)
      : case_(c), backend_(backend), mutant_(mutant) {}

  void TestBody() override {
    const CaseResult result =
        mutant_ ? run_mutant(case_, *mutant_, backend_, {}) : run_case(case_, backend_, {});
    if (result.outcome == Outcome::skip) GTEST_SKIP() << result.skipped;
    if (result.outcome != Outcome::pass) FAIL() << "\n" << report::story(result, {});
  }

 private:
  const Case& case_;
  Backend backend_;
  const Mutant* mutant_;
};

class BadFileTest : public testing::Test {
 public:
  explicit BadFileTest(std::string message) : message_(std::move(message)) {}
  void TestBody() override { FAIL() << message_; }

 private:
  std::string message_;
};

/// A name that GoogleTest's filter takes for nothing but a name: in it '-' begins what is left out,
/// so a test with one in its name would never be chosen by it.
std::string test_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '/') c = '_';
  return name;
}

/// Does the filter leave tests of this case? CTest starts this program once for each test, and
/// names it: then the other cases need not be read.
bool is_wanted(const std::string& path, const std::string& root) {
  const std::string filter = testing::GTEST_FLAG(filter);
  if (filter.find_first_of("*?:-") != std::string::npos) return true;
  const auto name = std::filesystem::path(path).lexically_relative(root).replace_extension();
  const std::string of_file = test_name(name.string());
  return filter.starts_with(of_file + ".") || filter.starts_with(of_file + "/");  // a row of it
}

void add(const Case& c, Backend backend, const Mutant* mutant, const std::string& name) {
  const Location& at = mutant ? mutant->at : c.at;
  testing::RegisterTest(
      test_name(c.name).c_str(), test_name(name).c_str(), nullptr, nullptr, at.file.c_str(),
      at.line, [&c, backend, mutant]() -> CaseTest* { return new CaseTest(c, backend, mutant); });
}

void add_all(const Case& c) {
  for (const Backend backend : c.backends) {
    const std::string name(to_string(backend));
    add(c, backend, nullptr, name);
    for (size_t i = 0; i < c.mutants.size(); ++i)
      add(c, backend, &c.mutants[i], name + "/mutant-" + std::to_string(i + 1));
  }
}

void add_bad(const std::string& path, const BadInput& bad) {
  testing::RegisterTest(
      test_name(path).c_str(), "loads", nullptr, nullptr, path.c_str(), 1,
      [message = std::string(bad.what())]() -> BadFileTest* { return new BadFileTest(message); });
}

/// Cases are kept for the whole run: the tests refer to them.
const std::vector<std::unique_ptr<Case>>& load_and_register(const std::string& folder) {
  static std::vector<std::unique_ptr<Case>> cases;
  for (const auto& [path, root] : parse::find_cases({folder})) {
    try {
      if (!is_wanted(path, root) || parse::is_topology(path)) continue;
      for (Case& c : load_case(path, root)) {
        cases.push_back(std::make_unique<Case>(std::move(c)));
        add_all(*cases.back());
      }
    } catch (const BadInput& bad) {
      add_bad(path, bad);
    }
  }
  return cases;
}

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  if (!fwproof::open_closed_streams()) return 3;
  testing::InitGoogleTest(&argc, argv);
  const std::string folder = argc > 1 ? argv[1] : FWPROOF_CASES_DIR;
  try {
    if (fwproof::run::load_and_register(folder).empty()) {
      std::fprintf(stderr, "no case lies in '%s'\n", folder.c_str());
      return 4;
    }
    if (!testing::GTEST_FLAG(list_tests)) fwproof::run::leave_host_network();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
  const int result = RUN_ALL_TESTS();
  const auto* all = testing::UnitTest::GetInstance();
  if (testing::GTEST_FLAG(list_tests) || all->test_to_run_count() > 0) return result;
  std::fprintf(stderr, "no test was chosen: nothing ran\n");
  return 4;
}
