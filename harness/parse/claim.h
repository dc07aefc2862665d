// What ties a case to the world outside it: the claim it settles, the features of the kernel it
// needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// {ids: [004-02], document: ..., says: ..., outcome: false, kernel: ..., when: ...}
std::optional<Claim> read_claim(Reader& reader, const Yaml& map);

/// Does the document's version fit the claim? `as_told` is nullptr if the case has none. What is
/// wrong is reported at `at`.
void check_as_told(Reader& reader, const Claim& claim, const Assertions* as_told, const Yaml& at);

/// [ip_vs, dummy]
std::vector<std::string> read_needs(Reader& reader, const Yaml& value);

}  // namespace fwproof::parse
