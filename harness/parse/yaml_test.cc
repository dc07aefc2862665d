#include "parse/yaml.h"

#include <gtest/gtest.h>

#include <string>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

TEST(YamlFile, SaysThatAnEmptyFileIsEmpty) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"()"), R"(net.yaml: error: the file is empty)");
}

TEST(YamlFile, SaysThatAFileOfCommentsIsEmpty) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(# nothing
---
)"),
            R"(net.yaml: error: the file is empty)");
}

TEST(YamlFile, RefusesBinaryFiles) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(std::string("nodes:\n  a\000b: 1\n", 16)),
      R"(net.yaml:2:4: error: this is no text file: it holds a control character or a byte that is not UTF-8
        a\x00b: 1
         ^)");
}

TEST(YamlFile, RefusesBytesThatAreNotUtf8) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes("nodes: {caf\351: }\n"),
      R"(net.yaml:1:12: error: this is no text file: it holds a control character or a byte that is not UTF-8
      nodes: {caf\xe9: }
                 ^)");
}

TEST(YamlFile, ShowsWhereTheSyntaxIsWrong) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {forwarding: true
  web: {}
)"),
            R"(net.yaml:3:6: error: not YAML: end of map flow not found
        web: {}
           ^)");
}

TEST(YamlFile, FindsAQuoteThatIsNeverClosed) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {kind: "bridge}
)"),
            R"(net.yaml:2:8: error: not YAML: a quote that is opened here or below is never closed
        gw: {kind: "bridge}
             ^)");
}

TEST(YamlFile, HintsAtQuotesForTextThatBeginsWithAnAngle) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes: >= 1
)"),
            R"(net.yaml:1:9: error: not YAML: unexpected character in block scalar
      nodes: >= 1
              ^
hint: put text that begins with '>' or '|' in quotes)");
}

TEST(YamlFile, RefusesTabsAsIndentation) {
  EXPECT_EQ(TestNetwork().topology_mistakes("nodes:\n\tgw: {}\n"),
            R"(net.yaml:2:4: error: not YAML: illegal map value
       gw: {}
         ^
hint: YAML is indented with spaces, not with tabs)");
}

TEST(YamlFile, NamesBothLinesOfADuplicateKey) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {forwarding: true, forwarding: false}
  web:
  gw:
links: []
)"),
            R"(net.yaml:2:26: error: duplicate key 'forwarding': it stands on line 2 too
        gw: {forwarding: true, forwarding: false}
                               ^
net.yaml:4:3: error: duplicate key 'gw': it stands on line 2 too
        gw:
        ^)");
}

TEST(YamlFile, RefusesTagsAndHintsAtQuotes) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {kind: !bridge yes}
)"),
            R"(net.yaml:2:14: error: tags are not used here
        gw: {kind: !bridge yes}
                   ^
hint: put text that begins with '!' in quotes)");
}

TEST(YamlFile, RefusesASecondDocument) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes: {gw: }
---
nodes:
  web:
)"),
            R"(net.yaml:2:1: error: a second YAML document begins here, and a file has one
      ---
      ^
hint: put it into a file of its own)");
}

TEST(YamlFile, RefusesAnAliasInsideWhatItNames) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes: &all
  gw: *all
)"),
            R"(net.yaml:2:7: error: an alias stands inside the very value that it names
        gw: *all
            ^)");
}

TEST(YamlFile, RefusesAnAliasOfNothing) {
  const std::string mistakes = TestNetwork().topology_mistakes(R"(nodes:
  gw: *other
)");
  const std::string said = "net.yaml:2:7: error: not YAML: the referenced anchor is not defined";
  const std::string where = "\n        gw: *other\n            ^";
  // yaml-cpp 0.8 names it too.
  EXPECT_TRUE(mistakes == said + where || mistakes == said + ": other" + where) << mistakes;
}

TEST(YamlFile, RefusesKeysThatAreNoText) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  ? [a, b]
  : 1
)"),
            R"(net.yaml:2:5: error: a key must be text, not a list
        ? [a, b]
          ^)");
}

/// How `text` is refused; the source line is left out, being very long.
std::string refusal(const std::string& text) {
  std::string said = TestNetwork().topology_mistakes(text);
  return said.substr(0, said.find('\n'));
}

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST(YamlFile, SurvivesNestingOfAnyDepthAndKind) {
  for (const char* part : {"[", "{", "- ", "? ", "{a: ", "[a: ", "? - "})
    EXPECT_NE(refusal(repeated(part, 100'000)).find("nested more than 64 levels deep"),
              std::string::npos)
        << part;
  for (const char* part : {"a: [", "&a ", "!x ", "'", "*", "a: ", "|", "]", "---\n", "%YAML 1.2\n"})
    EXPECT_NE(refusal(repeated(part, 100'000)), "") << part;
  std::string indented;
  for (int i = 0; i < 1000; ++i) indented += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(refusal(indented), "net.yaml:65:65: error: nested more than 64 levels deep");
}

TEST(YamlFile, RefusesAliasesThatGrowWithoutEnd) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated(before + ", ", 9) + before + "]\n";
  }
  EXPECT_EQ(refusal(bomb), "net.yaml:5:40: error: aliases expand to more than 100000 values");
}

TEST(YamlFile, RefusesAliasesThatNestWithoutEnd) {
  std::string tower = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i)
    tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  EXPECT_EQ(refusal(tower), "net.yaml:64:12: error: nested more than 64 levels deep");
}

TEST(YamlFile, RefusesMoreAliasesThanAnyoneNeeds) {
  EXPECT_EQ(refusal("a: &a x\nb: [" + repeated("*a, ", 1001) + "*a]\n"),
            "net.yaml:2:4005: error: more than 1000 aliases");
}

TEST(YamlFile, RefusesFilesLargerThanOneMebibyte) {
  EXPECT_EQ(refusal("# " + std::string(kMaxYamlBytes, 'x') + "\n"),
            "net.yaml: error: is larger than 1 MiB");
}

TEST(YamlFile, ReadsAnchorsWhereTheyAreUsedWell) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a: &host {interfaces: {eth0: {mtu: 1400}}}
  b: *host
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            "");
}

TEST(YamlFile, NeverCrashesOnDamagedText) {
  const TestNetwork network;
  const std::string whole = kNetwork;
  const std::string bytes = "[]{}:,-?&*!|>'\"%@` \n\t#x0~";
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = bytes[at * 7 % bytes.size()];
    Reader reader("net.yaml", damaged);
    try {
      parse_yaml(reader, damaged);
    } catch (const BadInput& bad) {
      EXPECT_FALSE(bad.diagnostics().empty());
    }
    Reader short_reader("net.yaml", whole.substr(0, at));
    try {
      parse_yaml(short_reader, whole.substr(0, at));
    } catch (const BadInput& bad) {
      EXPECT_FALSE(bad.diagnostics().empty());
    }
  }
}

TEST(YamlTree, KnowsWhereEachValueStands) {
  const std::string text = "a: 'x'\nb:\n  - {c: d}\n";
  Reader reader("t.yaml", text);
  const Yaml root = parse_yaml(reader, text);
  ASSERT_EQ(root.entries.size(), 2u);
  EXPECT_TRUE(root.find("a")->quoted);
  EXPECT_EQ(reader.at(*root.find("a")), (Location{"t.yaml", 1, 4}));
  const Yaml& map = root.find("b")->items.at(0);
  EXPECT_EQ(reader.at(*map.find("c")), (Location{"t.yaml", 3, 9}));
  EXPECT_EQ(map.find("e"), nullptr);
}

}  // namespace
}  // namespace fwproof::parse
