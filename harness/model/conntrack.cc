#include "model/conntrack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fwproof {

std::string to_string(const Tuple& tuple) {
  return fmt::format("{} -> {}", tuple.source.to_string(), tuple.destination.to_string());
}

std::string_view to_string(ConntrackEvent::Kind kind) {
  switch (kind) {
    case ConntrackEvent::Kind::new_:
      return "NEW";
    case ConntrackEvent::Kind::update:
      return "UPDATE";
    case ConntrackEvent::Kind::destroy:
      return "DESTROY";
  }
  return "";
}

std::string describe(const ConntrackEntry& entry) {
  std::string text =
      fmt::format("{{original: {}, reply: {}", to_string(entry.original), to_string(entry.reply));
  if (!entry.state.empty()) text += ", state: " + entry.state;
  text += fmt::format(", status: [{}]", fmt::join(entry.status, ", "));
  if (entry.mark != 0) text += fmt::format(", mark: {:#x}", entry.mark);
  if (entry.zone != 0) text += fmt::format(", zone: {}", entry.zone);
  return text + "}";
}

std::string describe(const Expectation& expectation) {
  std::string text = "{expected: " + to_string(expectation.expected);
  if (!expectation.helper.empty()) text += ", helper: " + expectation.helper;
  return text + "}";
}

}  // namespace fwproof
