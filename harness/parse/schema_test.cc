// The parser, schema/ and docs/reference.md say the same: a key that is added to one of them alone
// is a failed test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "model/feature.h"
#include "model/netfilter.h"
#include "parse/files.h"
#include "parse/keys.h"
#include "parse/pages.h"
#include "parse/parse.h"
#include "parse/schema_check.h"

namespace fwproof::parse {
namespace {

using Json = nlohmann::json;
using testing::UnorderedElementsAreArray;

constexpr const char* kReference = "docs/reference.md";

Json schema(const std::string& of) {
  return Json::parse(read_page("schema/" + of + ".schema.json"));
}

/// The definitions of both schemas by their names.
std::map<std::string, Json> definitions() {
  std::map<std::string, Json> all;
  for (const char* of : {"topology", "case"}) {
    const Json whole = schema(of);
    for (const auto& [name, definition] : whole.at("definitions").items())
      all.emplace(name, definition);
  }
  return all;
}

std::string definition_of(const KnownMap& map) {
  std::string name(map.name);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<std::string> keys_of_object(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

Yaml parse_text(const std::string& path, const std::string& text) {
  Reader reader(path, text);
  Yaml tree = parse_yaml(reader, text);
  reader.throw_if_mistaken();
  return tree;
}

TEST(Schema, HasTheParsersKeysInEachMap) {
  const auto all = definitions();
  for (const KnownMap& map : known_maps()) {
    const auto found = all.find(definition_of(map));
    ASSERT_NE(found, all.end()) << "schema/ has no definition '" << definition_of(map) << "'";
    const Json& definition = found->second;
    EXPECT_THAT(keys_of_object(definition.at("properties")), UnorderedElementsAreArray(map.keys))
        << "schema/, definition '" << definition_of(map) << "', against keys.cc";
    EXPECT_EQ(definition.value("additionalProperties", Json()), false) << definition_of(map);
  }
}

TEST(Schema, HasNoMapThatTheParserDoesNotKnow) {
  std::set<std::string> known;
  for (const KnownMap& map : known_maps()) known.insert(definition_of(map));
  for (const auto& [name, definition] : definitions())
    EXPECT_TRUE(!definition.contains("properties") || known.contains(name))
        << "definition '" << name << "' is not in keys.cc";
}

TEST(Schema, TellsEditorsWhatEachKeyMeans) {
  const auto all = definitions();
  for (const auto& [name, definition] : all) {
    const Json properties = definition.value("properties", Json::object());
    for (const auto& [key, property] : properties.items()) {
      const std::string reference = property.value("$ref", "");
      const auto target = all.find(reference.substr(reference.rfind('/') + 1));
      EXPECT_TRUE(property.contains("description") ||
                  (target != all.end() && target->second.contains("description")))
          << "definition '" << name << "': '" << key << "' has no description";
    }
  }
}

TEST(Schema, NamesTheFeaturesAndBackendsThatThereAre) {
  const auto all = definitions();
  EXPECT_THAT(all.at("feature").at("enum"), UnorderedElementsAreArray(feature_names()));
  EXPECT_THAT(all.at("backend").at("enum"), UnorderedElementsAreArray(backend_names()));
}

TEST(Schema, TakesEveryShippedFile) {
  SchemaCheck topology(schema("topology"));
  SchemaCheck of_case(schema("case"));
  const std::string source = FWPROOF_SOURCE_DIR;
  for (const auto& [path, root] : find_cases({source + "/cases", source + "/topologies"})) {
    const Yaml tree = parse_text(path, read_file(path, kMaxYamlBytes));
    EXPECT_THAT((is_topology(path) ? topology : of_case).faults_of(tree), testing::IsEmpty())
        << path;
  }
}

TEST(Schema, RefusesWhatIsWrong) {
  SchemaCheck topology(schema("topology"));
  const auto faults = [&](const std::string& text) {
    return testing::PrintToString(topology.faults_of(parse_text("x.yaml", text)));
  };
  EXPECT_EQ(faults("links: []\n"), R"({ "line 1: a map lacks \"nodes\"" })");
  EXPECT_EQ(faults("nodes:\n  a: {forwarding: maybe}\n"),
            R"({ "line 2: 'maybe' is not of type \"boolean\"" })");
  EXPECT_EQ(faults("nodes:\n  a:\n    mtu: 1400\n"), R"({ "line 3: 'mtu' is no key of 'node'" })");
  EXPECT_EQ(faults("nodes:\n  a: {kind: hub, services: [sctp/9]}\n"),
            R"({ "line 2: 'hub' is none of [\"bridge\"]", )"
            R"("line 2: 'sctp/9' does not match \"^(tcp|udp)/\"" })");
}

TEST(Reference, HasTheParsersKeysInEachMap) {
  std::map<std::string, std::vector<std::string>> documented;
  for (const PageKey& key : keys_in(read_page(kReference)))
    documented[key.heading].push_back(key.key);
  for (const KnownMap& map : known_maps()) {
    EXPECT_THAT(documented[std::string(map.name)], UnorderedElementsAreArray(map.keys))
        << "the table under '" << map.name << "' in " << kReference << ", against keys.cc";
    documented.erase(std::string(map.name));
  }
  for (const auto& [heading, keys] : documented)
    ADD_FAILURE() << "keys.cc has no map '" << heading << "', which " << kReference << " documents";
}

TEST(Reference, ShowsEveryKeyInAnExampleThatTheSchemaTakes) {
  SchemaCheck topology(schema("topology"));
  SchemaCheck of_case(schema("case"));
  for (const PageBlock& block : blocks_of(read_page(kReference))) {
    if (block.language != "yaml") continue;
    const Yaml tree = parse_text(block.file, block.text);
    EXPECT_NE(block.file, "") << kReference << ":" << block.line << ": the example names no file";
    SchemaCheck& check = tree.find("nodes") || tree.find("extends") ? topology : of_case;
    EXPECT_THAT(check.faults_of(tree), testing::IsEmpty()) << kReference << ":" << block.line;
  }
  for (const KnownMap& map : known_maps())
    for (const std::string& key : map.keys) {
      const std::pair shown(definition_of(map), key);
      EXPECT_TRUE(topology.met().contains(shown) || of_case.met().contains(shown))
          << "no example in " << kReference << " has '" << key << "' of '" << map.name << "'";
    }
}

}  // namespace
}  // namespace fwproof::parse
