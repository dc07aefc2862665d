#include "parse/yaml_edit.h"

#include <gtest/gtest.h>

namespace fwproof::parse {
namespace {

using Path = YamlEdit::Path;

std::string inserted(const std::string& text, const std::string& key, const std::string& lines) {
  YamlEdit edit("a.yaml", text);
  EXPECT_TRUE(edit.insert_after(key, lines));
  return edit.text();
}

std::string replaced(const std::string& text, const Path& path,
                     const std::vector<std::string>& value, bool list = false) {
  YamlEdit edit("a.yaml", text);
  EXPECT_TRUE(edit.replace(path, value, list));
  return edit.text();
}

std::string removed(const std::string& text, const Path& path) {
  YamlEdit edit("a.yaml", text);
  EXPECT_TRUE(edit.remove(path));
  return edit.text();
}

TEST(YamlEdit, PutsLinesBehindABlockAndItsComments) {
  EXPECT_EQ(
      inserted("# about\nflows:\n  a: b  # one\n\n  # two\n  c: d   # it\n\n# proof\nmutant: {}\n",
               "flows", "x:\n  y: z\n"),
      "# about\nflows:\n  a: b  # one\n\n  # two\n  c: d   # it\nx:\n  y: z\n\n# proof\nmutant: "
      "{}\n");
}

TEST(YamlEdit, PutsLinesBehindBracketsAndAtTheEnd) {
  EXPECT_EQ(inserted("flows: {a: 'it''s }',\n  b: \"]\\\"\"} # end\nc: d\n", "flows", "x: y\n"),
            "flows: {a: 'it''s }',\n  b: \"]\\\"\"} # end\nx: y\nc: d\n");
  EXPECT_EQ(inserted("flows:\n  a: b", "flows", "x: y\n"), "flows:\n  a: b\nx: y\n");
  EXPECT_EQ(inserted("flows:\n- a\n- b\nc: d\n", "flows", "x: y\n"),
            "flows:\n- a\n- b\nx: y\nc: d\n");
  EXPECT_EQ(inserted("---\nflows:\n  a: b\n...\n", "flows", "x: y\n"),
            "---\nflows:\n  a: b\nx: y\n...\n");
}

TEST(YamlEdit, KeepsTheLineEndsOfTheFile) {
  EXPECT_EQ(inserted("flows:\r\n  a: b\r\n", "flows", "x: y\n"), "flows:\r\n  a: b\r\nx: y\r\n");
}

TEST(YamlEdit, PutsNoLinesWhereNoneCanStand) {
  YamlEdit edit("a.yaml", "{flows: {a: b}}\n");
  EXPECT_FALSE(edit.insert_after("flows", "x: y\n"));
  EXPECT_FALSE(edit.insert_after("checks", "x: y\n"));
  EXPECT_EQ(edit.text(), "{flows: {a: b}}\n");
}

TEST(YamlEdit, ReplacesAScalarAndNothingElse) {
  EXPECT_EQ(replaced("a:\n  b: connected   # so far\n", {"a", "b"}, {"dropped"}),
            "a:\n  b: dropped   # so far\n");
  EXPECT_EQ(replaced("a: {b: connected, c: 'x'}\n", {"a", "c"}, {"a, b"}),
            "a: {b: connected, c: 'a, b'}\n");
  EXPECT_EQ(replaced("a: \"\\\"x\\\"\"\n", {"a"}, {"y"}), "a: y\n");
}

TEST(YamlEdit, ReplacesAListInBrackets) {
  EXPECT_EQ(replaced("a: {b: [x, y], c: d}\n", {"a", "b"}, {"x", "z"}, true),
            "a: {b: [x, z], c: d}\n");
  EXPECT_EQ(replaced("a: x\n", {"a"}, {"y"}, true), "a: y\n");
  EXPECT_EQ(replaced("a: x\n", {"a"}, {"y", "z"}, true), "a: [y, z]\n");
}

TEST(YamlEdit, KeepsTheItemsThatStayWithTheirComments) {
  EXPECT_EQ(replaced("a:\n  # first\n  - one  # 1\n  - two\n  # third\n  - 'three' # 3\nb: c\n",
                     {"a"}, {"one", "2", "three", "four"}, true),
            "a:\n  # first\n  - one  # 1\n  - 2\n  # third\n  - 'three' # 3\n  - four\nb: c\n");
}

TEST(YamlEdit, KeepsTheCommentAboveAnItemThatIsReplaced) {
  EXPECT_EQ(replaced("a:\n  - one\n  # why\n  - two  # 2\n", {"a"}, {"one", "2", "3"}, true),
            "a:\n  - one\n  # why\n  - 2\n  - 3\n");
}

TEST(YamlEdit, TakesAKeyAway) {
  EXPECT_EQ(removed("a:\n  b: c\n  d: e\nf: g\n", {"a", "b"}), "a:\n  d: e\nf: g\n");
  EXPECT_EQ(removed("a: {b: c, d: e}\n", {"a", "b"}), "a: {d: e}\n");
  EXPECT_EQ(removed("a: {b: c, d: e}\n", {"a", "d"}), "a: {b: c}\n");
  EXPECT_EQ(removed("a:\n  b:\n    c: [d,\n       e]\n  f: g\n", {"a", "b", "c"}), "a:\n  f: g\n");
}

TEST(YamlEdit, LeavesWhatItCannotChangeAlone) {
  const auto refuses = [](const std::string& text, const Path& path) {
    YamlEdit edit("a.yaml", text);
    EXPECT_FALSE(edit.replace(path, {"x"}, false)) << text;
    EXPECT_EQ(edit.text(), text);
  };
  refuses("a: &v connected\nb: *v\n", {"b"});  // the text is elsewhere
  refuses("a: two\n  lines\n", {"a"});
  refuses("a: {b: [x, # why\n  y]}\n", {"a", "b"});  // the comment would be lost
  refuses("a:\n  b: c\n", {"a"});
  refuses("a: b\n", {"c"});
}

}  // namespace
}  // namespace fwproof::parse
