// A topology that builds on another: `extends: NAME`.
//
// The two trees are laid over one another before anything is read of them: maps are merged key by
// key, `links` are added to those of the other, and anything else that stands in both is that of
// the topology that extends. A map that is left empty ("gw:") changes nothing.
#pragma once

#include <string>

#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// The tree of the reader's own file, which is a topology, over those that it extends. What is
/// wrong with `extends` is reported; a file that cannot be read throws BadInput.
Yaml parse_topology(Reader& reader, const std::string& text);

}  // namespace fwproof::parse
