// The names a case gives to the packets of a flow, and the outcomes a flow can have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/flow.h"
#include "parse/words.h"

namespace fwproof::parse {

/// The names that icmp_name() of model/packet.h gives, over all types and codes.
const std::vector<std::string>& icmp_names();

/// "syn", "reply data 2", "port-unreachable", "all".
std::optional<std::string> read_packet_name(Reader& reader, const Yaml& key);

/// "connected", "rejected tcp-reset", "timed out". `flow` is nullptr where it is not known.
std::optional<std::string> read_outcome(Reader& reader, const Yaml& value, const Flow* flow);

}  // namespace fwproof::parse
