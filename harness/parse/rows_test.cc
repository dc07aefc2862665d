// A case as a table of rows, and what can be wrong with one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

/// A case with these rows, one parameter `port` and one `outcome`.
std::string with_rows(const std::string& rows) {
  return "topology: net\n" + rows + R"(flows:
  visit: tcp client -> web:${port}
checks:
  visit: {outcome: "${outcome}"}
)";
}

TEST(Rows, AreCasesOfTheirOwn) {
  const auto rows = TestNetwork().load_rows(with_rows(R"(rows:
  web: {port: 80, outcome: connected}
  a closed port: {port: 81, outcome: refused}
)"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "a/web");
  EXPECT_EQ(rows[0].row, "web");
  EXPECT_EQ(rows[0].flows[0].text, "tcp client -> web:80");
  EXPECT_EQ(rows[0].checks[0].outcome->outcome, "connected");
  EXPECT_EQ(rows[1].name, "a/a closed port");
  EXPECT_EQ(rows[1].flows[0].destination.port, 81);
  EXPECT_EQ(rows[1].checks[0].outcome->outcome, "refused");
}

TEST(Rows, MayGiveKeysAndSeveralWordsOfOneText) {
  const auto rows = TestNetwork().load_rows(R"(topology: net
rows: {one: {node: client, flow: visit, port: 80}}
flows:
  ${flow}: tcp ${node}:400${port} -> web:${port}
checks:
  ${flow}: {outcome: connected}
)");
  EXPECT_EQ(rows[0].flows[0].name, "visit");
  EXPECT_EQ(rows[0].flows[0].source_port, 40080);
}

TEST(Rows, LeaveATextWithTwoDollarsAlone) {
  const auto rows = TestNetwork().load_rows(R"(topology: net
rows: {one: {word: hello}}
flows:
  echo: {exec: [bash, -c, "echo ${word} $${HOME} $$ ${"], in: client}
checks:
  echo: {exit: 0}
)");
  EXPECT_EQ(rows[0].flows[0].command[2], "echo hello ${HOME} $$ ${");
}

TEST(Rows, AreNotLookedForWhereThereAreNone) {
  const auto rows = TestNetwork().load_rows(R"(topology: net
flows:
  echo: {exec: [bash, -c, "echo ${HOME}"], in: client}
checks:
  echo: {exit: 0}
)");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "a");
  EXPECT_EQ(rows[0].row, "");
  EXPECT_EQ(rows[0].flows[0].command[2], "echo ${HOME}");
}

TEST(Rows, SayWhatIsWrongOnceWhereItIsWrongInEach) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows(R"(flwos: {}
rows:
  web: {port: 80, outcome: connected}
  closed: {port: 81, outcome: refused}
)")),
            R"(cases/a.yaml:2:1: error: unknown key 'flwos' in a case
      flwos: {}
      ^ did you mean 'flows'?)");
}

TEST(Rows, SayInWhichRowItIsWrong) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows(R"(rows:
  web: {port: 80, outcome: conected}
  closed: {port: 818181, outcome: refused}
)")),
            R"(cases/a.yaml:8:20: error: in row 'web': unknown outcome 'conected'
        visit: {outcome: "${outcome}"}
                         ^ did you mean 'connected'?
cases/a.yaml:6:10: error: in row 'closed': port '818181' is not a number from 1 to 65535
        visit: tcp client -> web:${port}
               ^)");
}

TEST(Rows, MustAllHaveTheSameParameters) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows(R"(rows:
  web: {port: 80, outcome: connected}
  closed: {port: 81}
)")),
            R"(cases/a.yaml:4:3: error: row 'closed' has no 'outcome', which other rows have
        closed: {port: 81}
        ^)");
}

TEST(Rows, MustHaveTheParametersThatTheCaseUses) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows(R"(rows:
  web: {prot: 80, outcome: connected}
)")),
            R"(cases/a.yaml:3:3: error: parameter 'prot' is used nowhere
        web: {prot: 80, outcome: connected}
        ^
hint: write ${prot} where its value is to stand
cases/a.yaml:5:10: error: no row has a parameter 'port'
        visit: tcp client -> web:${port}
               ^ did you mean 'prot'?)");
}

TEST(Rows, HintAtTheWayToWriteADollar) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rows: {one: {port: 80}, two: {port: 81}}
flows:
  visit: tcp client -> web:${port}
  echo: {exec: [bash, -c, "echo ${HOME}"], in: client}
checks:
  echo: {exit: 0}
)"),
            R"(cases/a.yaml:5:27: error: no row has a parameter 'HOME'
        echo: {exec: [bash, -c, "echo ${HOME}"], in: client}
                                ^
hint: write '$${' for '${' itself)");
}

TEST(Rows, AreMapsOfText) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(with_rows(R"(rows:
  a/b: {port: 80, outcome: connected}
  c: 80
  d: {port: [80], outcome: connected}
  e: {"po}rt": 80, outcome: connected, port: 80}
)")),
      R"(cases/a.yaml:3:3: error: row name 'a/b' is not 1 to 64 characters without '/', '$', '{' and '}'
        a/b: {port: 80, outcome: connected}
        ^
cases/a.yaml:4:6: error: row 'c' must be a map, not text
        c: 80
           ^
cases/a.yaml:5:13: error: parameter 'port' must be text, not a list
        d: {port: [80], outcome: connected}
                  ^
cases/a.yaml:6:7: error: 'po}rt' is no name of a parameter
        e: {"po}rt": 80, outcome: connected, port: 80}
            ^)");
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows("rows: [80, 81]\n")),
            R"(cases/a.yaml:2:7: error: 'rows' must be a map, not a list
      rows: [80, 81]
            ^)");
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows("rows: {}\n")),
            R"(cases/a.yaml:2:7: error: 'rows' names no row
      rows: {}
            ^)");
}

TEST(Rows, MayNotMakeTwoKeysOne) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rows: {one: {flow: visit}}
flows:
  visit: tcp client -> web:80
  ${flow}: tcp client -> web:81
checks: {visit: {outcome: connected}}
)"),
            R"(cases/a.yaml:5:3: error: duplicate key 'visit'
        ${flow}: tcp client -> web:81
        ^)");
}

TEST(Rows, DoNotGrowWithoutEnd) {
  std::string uses;
  for (int i = 0; i < 1000; ++i) uses += "${word}";
  EXPECT_EQ(
      TestNetwork().case_mistakes("topology: net\nabout: " + uses +
                                  "\nrows:\n  one: {word: " + std::string(20'000, 'x') + "}\n"),
      R"(cases/a.yaml:4:3: error: the rows come to more than 16 MiB)");
  std::string rows = "rows:\n";
  for (int i = 0; i < 1001; ++i)
    rows += "  r" + std::to_string(i) + ": {port: 80, outcome: refused}\n";
  EXPECT_EQ(TestNetwork().case_mistakes(with_rows(rows)),
            R"(cases/a.yaml:3:3: error: 1001 rows are more than the 1000 allowed
        r0: {port: 80, outcome: refused}
        ^)");
}

TEST(Rows, NeedQuotesInBrackets) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rows: {one: {outcome: connected}}
flows:
  visit: tcp client -> web:80
checks: {visit: {outcome: ${outcome}}}
)"),
            R"(cases/a.yaml:5:28: error: not YAML: end of map flow not found
      checks: {visit: {outcome: ${outcome}}}
                                 ^
hint: text with '${...}' needs quotes within brackets)");
}

}  // namespace
}  // namespace fwproof::parse
