#include "parse/schema_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

namespace fwproof::parse {
namespace {

using Json = nlohmann::json;

/// A scalar as YAML's core schema resolves it (YAML 1.2.2, section 10.3.2), which is what editors
/// check. Lists and maps are left empty.
Json resolved(const Yaml& value) {
  if (value.is_list()) return Json::array();
  if (value.is_map()) return Json::object();
  if (!value.is_scalar()) return nullptr;
  const std::string& text = value.scalar;
  if (value.quoted) return text;
  if (text == "true" || text == "false") return text == "true";
  static const std::regex kInteger("[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+");
  static const std::regex kFloat(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  if (std::regex_match(text, kInteger)) return std::strtoll(text.c_str(), nullptr, 0);
  if (std::regex_match(text, kFloat)) return std::strtod(text.c_str(), nullptr);
  return text;
}

std::string type_of(const Json& value) {
  return value.is_number_integer() ? "integer" : value.type_name();
}

bool is_of_type(const Json& value, const Json& type) {
  return type == type_of(value) || (type == "number" && value.is_number());
}

std::string fault(const Yaml& value, const std::string& what) {
  const std::string shown =
      value.is_scalar() ? fmt::format("'{}'", value.scalar) : std::string(kind_name(value));
  return fmt::format("line {}: {} {}", value.line, shown, what);
}

bool says_nothing(const std::string& keyword) {
  // Keys of patternProperties begin with "x-", and parse_yaml() leaves them out.
  return keyword == "description" || keyword == "title" || keyword == "$schema" ||
         keyword == "definitions" || keyword == "patternProperties";
}

}  // namespace

std::vector<std::string> SchemaCheck::faults_of(const Yaml& file) {
  Result result;
  check(schema_, "", file, result);
  if (result.faults.empty()) met_.insert(result.met.begin(), result.met.end());
  return result.faults;
}

void SchemaCheck::check(const Json& schema, const std::string& definition, const Yaml& value,
                        Result& result) {
  for (const auto& [keyword, asked] : schema.items()) {
    if (keyword == "$ref") {
      const Json::json_pointer place(asked.get<std::string>().substr(1));
      check(schema_.at(place), place.back(), value, result);
    } else if (keyword == "anyOf") {
      check_any(asked, definition, value, result);
    } else if (keyword == "items") {
      for (const Yaml& item : value.items) check(asked, "", item, result);
    } else if (keyword != "properties" && keyword != "additionalProperties" &&
               !says_nothing(keyword)) {
      check_keyword(keyword, asked, value, result);
    }
  }
  if (value.is_map()) check_map(schema, definition, value, result);
}

void SchemaCheck::check_any(const Json& choices, const std::string& definition, const Yaml& value,
                            Result& result) {
  Result nearest;
  for (const Json& choice : choices) {
    Result tried;
    check(choice, definition, value, tried);
    if (tried.faults.empty()) return result.met.merge(tried.met);
    // A choice whose fault lies deeper is more likely the one that was meant.
    if (nearest.faults.empty() || tried.met.size() > nearest.met.size()) nearest = tried;
  }
  result.faults.insert(result.faults.end(), nearest.faults.begin(), nearest.faults.end());
}

void SchemaCheck::check_map(const Json& schema, const std::string& definition, const Yaml& map,
                            Result& result) {
  const Json known = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(true));
  for (const auto& [key, value] : map.entries) {
    if (known.contains(key.scalar)) {
      result.met.emplace(definition, key.scalar);
      check(known[key.scalar], "", value, result);
    } else if (others.is_object()) {
      check(others, "", value, result);
    } else if (others == false) {
      result.faults.push_back(fault(key, "is no key of '" + definition + "'"));
    }
  }
}

void SchemaCheck::check_keyword(const std::string& keyword, const Json& asked, const Yaml& value,
                                Result& result) {
  const Json seen = resolved(value);
  const auto unless = [&](bool good, const std::string& what) {
    if (!good) result.faults.push_back(fault(value, what));
  };
  if (keyword == "type") {
    const Json types = asked.is_array() ? asked : Json::array({asked});
    unless(std::any_of(types.begin(), types.end(),
                       [&](const Json& type) { return is_of_type(seen, type); }),
           "is not of type " + asked.dump());
  } else if (keyword == "enum") {
    unless(std::find(asked.begin(), asked.end(), seen) != asked.end(),
           "is none of " + asked.dump());
  } else if (keyword == "pattern") {
    unless(
        !seen.is_string() || std::regex_search(value.scalar, std::regex(asked.get<std::string>())),
        "does not match " + asked.dump());
  } else if (keyword == "minimum" || keyword == "maximum") {
    unless(!seen.is_number() || (keyword == "minimum" ? seen >= asked : seen <= asked),
           "is beyond the " + keyword + " " + asked.dump());
  } else if (keyword == "minItems") {
    unless(!value.is_list() || value.items.size() >= asked.get<size_t>(),
           "has fewer items than " + asked.dump());
  } else if (keyword == "required") {
    for (const Json& key : asked)
      unless(!value.is_map() || value.find(key.get<std::string>()), "lacks " + key.dump());
  } else {
    result.faults.push_back("schema: keyword '" + keyword + "' is not one that is checked");
  }
}

}  // namespace fwproof::parse
