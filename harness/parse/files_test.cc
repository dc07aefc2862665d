#include "parse/files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;

TEST(Files, AreRefusedUnlessTheyAreFiles) {
  const TestFolder folder;
  folder.write("full/a.yaml", "x");
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const auto refusal = [&](const std::string& name) {
    return folder.mistakes([&] { read_file(folder.path(name), 1 << 20); });
  };
  EXPECT_EQ(refusal("none.yaml"), "none.yaml: error: no such file");
  EXPECT_EQ(refusal("full"), "full: error: is a folder, not a file");
  EXPECT_EQ(refusal("pipe"), "pipe: error: is not a regular file");
  EXPECT_EQ(refusal("full/a.yaml/b"), "full/a.yaml/b: error: cannot be read: not a directory");
}

TEST(FindTopology, LooksBesideTheCaseThenInAncestorsThenInTheDataRoot) {
  const TestFolder folder;
  const std::string a_case = folder.write("project/cases/nat/lan.yaml", "topology: lan\n");
  const std::string shared = folder.write("project/topologies/lan.yaml", "nodes: {a: }\n");
  const std::string shipped = folder.write("data/topologies/far.yaml", "nodes: {a: }\n");
  EXPECT_EQ(find_topology("lan", a_case), shared);
  EXPECT_EQ(find_topology("../../topologies/lan.yaml", a_case), shared);
  const std::string beside = folder.write("project/cases/nat/own.yaml", "nodes: {a: }\n");
  EXPECT_EQ(find_topology("own", a_case), beside);
  set_data_root(folder.path("data"));
  EXPECT_EQ(find_topology("far", a_case), shipped);
  set_data_root("");
}

TEST(FindTopology, SaysWhereItLooked) {
  const TestFolder folder;
  folder.write("topologies/gateway.yaml", "nodes: {a: }\n");
  EXPECT_EQ(folder.mistakes([&] { find_topology("gatway", folder.path("cases/a.yaml")); }),
            "cases/a.yaml: error: no topology 'gatway' (did you mean 'gateway'?)\n"
            "hint: looked for cases/gatway.yaml, topologies/gatway.yaml");
  EXPECT_EQ(folder.mistakes([&] { find_topology("./b.yaml", folder.path("cases/a.yaml")); }),
            "cases/a.yaml: error: no topology './b.yaml'\nhint: looked for cases/b.yaml");
}

TEST(FindCases, ListsYamlBelowFoldersInOrder) {
  const TestFolder folder;
  folder.write("cases/nat/b.yaml", "topology: x\n");
  folder.write("cases/nat/a.yml", "topology: x\n");
  folder.write("cases/z.yaml", "topology: x\n");
  folder.write("cases/notes.txt", "");
  folder.write("cases/.hidden/c.yaml", "");
  const std::string root = folder.path("cases");
  std::vector<std::string> paths;
  for (const auto& found : find_cases({root})) {
    EXPECT_EQ(found.root, root);
    paths.push_back(found.path.substr(root.size() + 1));
  }
  EXPECT_THAT(paths, ElementsAre("nat/a.yml", "nat/b.yaml", "z.yaml"));
  const auto one = find_cases({root + "/nat/b.yaml"});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].root, root + "/nat");
}

TEST(FindCases, FindsNoneInAnEmptyFolderAndRefusesWhatIsMissing) {
  const TestFolder folder;
  folder.write("empty/notes.txt", "");
  EXPECT_TRUE(find_cases({folder.path("empty")}).empty());
  EXPECT_EQ(folder.mistakes([&] { find_cases({folder.path("gone")}); }),
            "gone: error: no such file or folder");
}

TEST(LoadCase, TakesItsAboutFromTheFirstCommentThatIsNotAnEditors) {
  const std::string rest =
      "topology: net\nflows: {visit: tcp client -> web:80}\nchecks: {visit: {outcome: "
      "connected}}\n";
  const TestNetwork network;
  EXPECT_EQ(network.load("# web is open\n" + rest).about, "web is open");
  EXPECT_EQ(
      network.load("# yaml-language-server: $schema=../case.schema.json\n# web is open\n" + rest)
          .about,
      "web is open");
  EXPECT_EQ(network.load("# yaml-language-server: $schema=../case.schema.json\n" + rest).about, "");
}

TEST(IsTopology, TellsTopologiesFromCases) {
  const TestFolder folder;
  EXPECT_TRUE(is_topology(folder.write("a.yaml", "# x\nnodes: {a: }\n")));
  EXPECT_FALSE(is_topology(folder.write("b.yaml", "topology: a\n")));
  EXPECT_FALSE(is_topology(folder.write("c.yaml", "topology: a\nnodes: {}\n")));
  EXPECT_FALSE(is_topology(folder.path("gone.yaml")));
}

}  // namespace
}  // namespace fwproof::parse
