// The parts of json(), struct by struct; the shape is told in report/json.h. What was seen of the
// network stands in json_model.cc, what belongs to a case's result in json.cc.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "model/finding.h"

namespace fwproof::report {

using Json = nlohmann::ordered_json;

Json as_json(const Location& at);
Json as_json(const QuotedPacket& quoted);
Json as_json(const Packet& packet);
Json as_json(const Step& step);
Json as_json(const HookVisit& hook);
Json as_json(const NodeVisit& visit);
Json as_json(const CauseFound& found);
Json as_json(const WalkEnd& end);
Json as_json(const Walk& walk);
Json as_json(const Tuple& tuple);
Json as_json(const ConntrackEntry& entry);
Json as_json(const Counter& counter);
Json as_json(const Rule& rule);
Json as_json(const BaseChain& base);
Json as_json(const Chain& chain);
Json as_json(const Table& table);
Json as_json(const Ruleset& ruleset);

Json as_json(const FlowResult& result);
Json as_json(const FlowSeen& flow);
Json as_json(const ConntrackEvent& event);
Json as_json(const CaptureSeen& capture);
Json as_json(const RouteAnswer& answer);
Json as_json(const Seen& seen);
Json as_json(const Finding& finding);
Json as_json(const CaseResult& result);

/// An array of as_json() of each item.
template <typename Item>
Json list_of(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(as_json(item));
  return list;
}

/// as_json() of what is there, or null.
template <typename Value>
Json maybe(const std::optional<Value>& value) {
  return value ? as_json(*value) : Json(nullptr);
}

}  // namespace fwproof::report
