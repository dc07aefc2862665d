// Results as JSON, for programs: every field of CaseResult (model/finding.h), under the name it has
// there. What differs from the structs:
//
//   top        {"format": 1, "cases": [CASE, ...]}; `format` grows when a field changes or goes
//   CASE       as CaseResult, and "took_us": microseconds; "at" and all other Locations are
//              {"file", "line", "column"} or null if unknown
//   addresses  "192.0.2.1"; endpoints "192.0.2.1:80"
//   enums      the words of a case or of the kernel: "fail", "iptables-nft", "PREROUTING", "drop",
//              step.kind "rule", "return" or "policy", end.kind "delivered", "dropped", "left" or
//              "lost", direction "original" or "reply", result.socket as in FlowResult::Socket
//   optional   null where nothing is there
//   packet     {"text", "source", "destination", "protocol", "ip_id", "ttl", "tos", "length",
//              "fragment_offset", "more_fragments", "payload"}, with "tcp": {"seq", "ack", "flags"}
//              or "icmp": {"name", "type", "code", "id", "seq", "quoted"} where it is one
//   step       as Step, and "text": the notation of a case ("nat PREROUTING rule 1 DNAT")
//   end        as WalkEnd, and "text": "delivered to web"
//   maps       objects by node
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "report/told.h"

namespace fwproof::report {

/// One CASE. ASCII only: every other character is written as \uNNNN, so nothing in it can act on a
/// terminal. Bytes that are not UTF-8 become U+FFFD.
std::string json_case(const CaseResult& result);

/// The whole of what was told with Telling::json.
std::string json(const std::vector<Told>& results);

}  // namespace fwproof::report
