// A case as a table: `rows` gives each run a name and values for the parameters that stand as
// ${name} in the rest of the case.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

struct Row {
  std::string name;  // empty: the case has no `rows`
  Yaml tree;         // the case with the row's values put in, without `rows`
};

/// The rows of a case. What is wrong with them is reported; then what is returned is of no use.
std::vector<Row> expand_rows(Reader& reader, Yaml root);

/// The mistakes of all rows as those of one file: what is wrong in every row is said once, the rest
/// with the row it is wrong in.
Diagnostics mistakes_of_rows(const std::vector<Row>& rows, const std::vector<Diagnostics>& of_each);

}  // namespace fwproof::parse
