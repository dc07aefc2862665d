// `fwproof claims` as its users meet it, and the shipped claims as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "model/feature.h"
#include "parse/test_folder.h"
#include "run/cli.h"
#include "run/features.h"
#include "run/load.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kFolder = FWPROOF_SOURCE_DIR "/cases/claims";

constexpr const char* kRules = R"(*filter
-A INPUT -i lo -j LOG --log-prefix "INPUT_LO: "
COMMIT
)";

std::string claim_text(const std::string& outcome) {
  return R"(# Packets on lo pass INPUT.
claim:
  ids: [000-08]
  document: 000_a.txt
  says: lo has no INPUT
  outcome: )" +
         outcome + R"(
  kernel: it has
topology: loopback
rules: {host: log.rules}
backends: [iptables-nft]
flows: {dns: "udp host:40000 -> 127.0.0.1:9090"}
checks: {dns: {outcome: answered}}
log: {host: {INPUT_LO: 2}}
as told: {log: {host: {never: INPUT_LO}}}
)";
}

struct OneClaim {
  TestFolder folder;
  std::string path;
  explicit OneClaim(const std::string& outcome) {
    folder.write("log.rules", kRules);
    path = folder.write("lo.yaml", claim_text(outcome));
  }
};

TEST(Claims, AreToldInALineEachWithTheEvidence) {
  const OneClaim one("false");
  const Ended ended = run_fwproof({"claims", one.path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("000_a.txt  1 claim: 1 false\n"),
                                  HasSubstr("000-08  false         lo has no INPUT"),
                                  HasSubstr("log host: "
                                            "INPUT_LO: 2")));
}

TEST(Claims, AreRedUnderTheWrongWord) {
  const OneClaim one("holds");
  const Ended ended = run_fwproof({"claims", one.path});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("000-08  RED"), HasSubstr("asserted  holds"),
                    HasSubstr("seen      false"), HasSubstr("log host INPUT_LO: none")));
}

TEST(Claims, ExitWith4WhereNoneIs) {
  const TestFolder folder;
  const std::string path = folder.write(
      "a.yaml",
      "topology: lan\nflows: {a: \"tcp M -> W:22\"}\nchecks: {a: {outcome: connected}}\n");
  const Ended ended = run_fwproof({"claims", path});
  EXPECT_EQ(ended.status, kNothingRan);
  EXPECT_EQ(ended.error, "error: no case there is about a claim\n");
}

TEST(Claims, StandOnTheirPageAsTheKernelAnswersThem) {
  std::ifstream file(std::string(kFolder) + "/README.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // All claims, sanitized, and perhaps beside other tests: minutes, where a release takes seconds.
  TestProgram claims({"claims", "--page", kFolder});
  const Ended ended = claims.wait(Deadline::after(std::chrono::minutes(8)));
  EXPECT_EQ(ended.status, kPassed) << ended.error;
  EXPECT_EQ(ended.output, page) << "cases/claims/README.md is stale: make it again with "
                                   "'fwproof claims --page > cases/claims/README.md'";
}

TEST(Claims, OfTheFiveDocumentsHaveACaseEach) {
  const std::map<std::string, int> last_of{
      {"000", 17}, {"001", 18}, {"002", 26}, {"003", 26}, {"004", 42}};
  std::set<std::string> known;
  for (const Case& c : load_cases({kFolder}))
    if (c.claim) known.insert(c.claim->ids.begin(), c.claim->ids.end());
  std::set<std::string> wanted;
  for (const auto& [document, last] : last_of)
    for (int number = 1; number <= last; ++number)
      wanted.insert(document + (number < 10 ? "-0" : "-") + std::to_string(number));
  EXPECT_EQ(known, wanted);
}

TEST(Features, AreProbedByTheNamesThatCasesUse) {
  std::vector<std::string> names;
  for (const Feature& feature : features()) names.push_back(feature.name);
  EXPECT_EQ(names, feature_names());
}

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
