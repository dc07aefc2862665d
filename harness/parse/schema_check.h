// Checks YAML against a file of schema/, for tests: JSON Schema draft 7, of which it knows the few
// keywords that those files use. Any other is a fault of the schema, so that a file says no more
// than what is checked.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parse/yaml.h"

namespace fwproof::parse {

class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json schema) : schema_(std::move(schema)) {}

  /// What is wrong with the file, each with its line; empty if the schema takes it.
  std::vector<std::string> faults_of(const Yaml& file);

  /// The definition and the key of every property met in the files that were good.
  const std::set<std::pair<std::string, std::string>>& met() const { return met_; }

 private:
  using Json = nlohmann::json;
  struct Result {
    std::vector<std::string> faults;
    std::set<std::pair<std::string, std::string>> met;
  };

  void check(const Json& schema, const std::string& definition, const Yaml& value, Result& result);
  void check_any(const Json& choices, const std::string& definition, const Yaml& value,
                 Result& result);
  void check_map(const Json& schema, const std::string& definition, const Yaml& map,
                 Result& result);
  void check_keyword(const std::string& keyword, const Json& asked, const Yaml& value,
                     Result& result);

  Json schema_;
  std::set<std::pair<std::string, std::string>> met_;
};

}  // namespace fwproof::parse
