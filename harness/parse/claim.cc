#include "parse/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "model/feature.h"
#include "parse/keys.h"

namespace fwproof::parse {
namespace {

constexpr size_t kDocumentDigits = 3;  // "004" of "004-02" and of "004_79c93f110dd53b7f.txt"

bool is_claim_number(std::string_view text) {
  constexpr std::string_view kShape = "ddd-dd";
  return text.size() == kShape.size() &&
         std::equal(text.begin(), text.end(), kShape.begin(), [](char c, char shape) {
           return shape == 'd' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == shape;
         });
}

std::string read_document(Reader& reader, const Yaml& map) {
  const Yaml* value = reader.required(map, "document", "a claim needs 'document': a file's name");
  const auto name = value ? reader.text(*value, "'document'") : std::nullopt;
  if (name && name->find('/') != std::string::npos)
    reader.mistake(*value, fmt::format("'{}' is a path", *name), {"", "a file's name is enough"});
  return name.value_or("");
}

std::vector<std::string> read_ids(Reader& reader, const Yaml& map, const std::string& document) {
  std::vector<std::string> ids;
  const Yaml* value = reader.required(map, "ids", "a claim needs 'ids': [004-02]");
  if (!value) return ids;
  if (value->is_list() && value->items.empty()) reader.mistake(*value, "'ids' names no claim");
  for (const Yaml* item : reader.one_or_more(*value, "'ids'")) {
    const auto id = reader.text(*item, "a claim's number");
    if (!id) continue;
    if (!is_claim_number(*id))
      reader.mistake(*item, fmt::format("'{}' is not a claim's number like 004-02", *id));
    else if (!document.empty() && !document.starts_with(id->substr(0, kDocumentDigits)))
      reader.mistake(*item, fmt::format("claim '{}' is not of document '{}'", *id, document));
    else if (std::find(ids.begin(), ids.end(), *id) != ids.end())
      reader.mistake(*item, fmt::format("claim '{}' is listed twice", *id));
    else
      ids.push_back(*id);
  }
  return ids;
}

ClaimOutcome read_claim_outcome(Reader& reader, const Yaml& map) {
  const auto& names = claim_outcome_names();
  const Yaml* value = reader.required(
      map, "outcome", fmt::format("a claim needs 'outcome': {}", fmt::join(names, ", ")));
  const auto text = value ? reader.text(*value, "'outcome'") : std::nullopt;
  if (!text) return ClaimOutcome::holds;
  if (const auto outcome = parse_claim_outcome(*text)) return *outcome;
  reader.mistake(*value, fmt::format("a claim is not '{}'", *text),
                 {did_you_mean(*text, names), fmt::format("it is {}", fmt::join(names, ", "))});
  return ClaimOutcome::holds;
}

std::string read_sentence(Reader& reader, const Yaml& map, const std::string& key,
                          const std::string& without) {
  const Yaml* value = without.empty() ? map.find(key) : reader.required(map, key, without);
  return value ? reader.text(*value, fmt::format("'{}'", key)).value_or("") : "";
}

/// How many single assertions there are, as judge::one_by_one() takes them apart.
size_t count(const FlowChecks& checks) {
  const auto& program = checks.program;
  return size_t{checks.outcome.has_value()} + size_t{checks.connections.has_value()} +
         size_t{checks.dropped.has_value()} + size_t{checks.cause.has_value()} +
         size_t{checks.reaches.has_value()} + size_t{checks.seen_as.has_value()} +
         size_t{checks.answered_from.has_value()} + checks.walks.size() + checks.hooks.size() +
         checks.conntrack.size() + checks.expectations.size() + checks.captures.size() +
         (program ? size_t{program->exit_status.has_value()} + program->output_contains.size() +
                        program->error_contains.size() + program->output_lacks.size() +
                        program->error_lacks.size()
                  : 0);
}

size_t count(const Assertions& assertions) {
  size_t all = assertions.counters.size() + assertions.routes.size() + assertions.logs.size();
  for (const FlowChecks& checks : assertions.checks) all += count(checks);
  return all;
}

}  // namespace

std::optional<Claim> read_claim(Reader& reader, const Yaml& map) {
  if (!reader.check_map(map, "a claim", keys_of(MapKind::claim))) return std::nullopt;
  Claim claim;
  claim.at = reader.at(map);
  claim.document = read_document(reader, map);
  claim.ids = read_ids(reader, map, claim.document);
  claim.says = read_sentence(reader, map, "says", "a claim needs 'says': the document's point");
  claim.outcome = read_claim_outcome(reader, map);
  claim.kernel =
      read_sentence(reader, map, "kernel", "a claim needs 'kernel': what the kernel really does");
  claim.when = read_sentence(reader, map, "when", "");
  return claim;
}

void check_as_told(Reader& reader, const Claim& claim, const Assertions* as_told, const Yaml& at) {
  const std::string_view outcome = to_string(claim.outcome);
  if (!as_told && claim.outcome != ClaimOutcome::holds)
    reader.mistake(at, fmt::format("a claim that is {} needs 'as told' beside it", outcome),
                   {"", "write the document's version as checks under 'as told'"});
  if (!as_told) return;
  const size_t assertions = count(*as_told);
  if (assertions == 0) reader.mistake(as_told->at, "'as told' asserts nothing");
  if (assertions == 1 && claim.outcome == ClaimOutcome::imprecise)
    reader.mistake(as_told->at,
                   "a claim that is imprecise needs two assertions 'as told': one that holds and "
                   "one that does not");
}

std::vector<std::string> read_needs(Reader& reader, const Yaml& value) {
  std::vector<std::string> needs;
  const auto& known = feature_names();
  for (const Yaml* item : reader.one_or_more(value, "'needs'")) {
    const auto name = reader.text(*item, "a feature");
    if (!name) continue;
    if (std::find(known.begin(), known.end(), *name) != known.end()) {
      needs.push_back(*name);
      continue;
    }
    const std::string note = did_you_mean(*name, known);
    reader.mistake(
        *item, fmt::format("unknown feature '{}'", *name),
        {note, note.empty() ? fmt::format("the features are: {}", fmt::join(known, ", ")) : ""});
  }
  return needs;
}

}  // namespace fwproof::parse
