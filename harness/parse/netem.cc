// `netem` of a link.
#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/text.h"
#include "parse/keys.h"
#include "parse/topology.h"

namespace fwproof::parse {
namespace {

/// "10ms", "500us", "1.5s" in microseconds; at most a minute.
std::optional<uint32_t> parse_time(std::string_view text) {
  static const std::map<std::string_view, double> kUnits{{"us", 1}, {"ms", 1e3}, {"s", 1e6}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = kUnits.find(text.substr(static_cast<size_t>(end - text.data())));
  constexpr double kMostUs = 60e6;
  if (error != std::errc() || unit == kUnits.end() || number < 0) return std::nullopt;
  const double us = number * unit->second;
  return us <= kMostUs ? std::optional(static_cast<uint32_t>(us)) : std::nullopt;
}

/// "10%", "0.5%".
std::optional<double> parse_share(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() ||
      std::string_view(end, static_cast<size_t>(text.data() + text.size() - end)) != "%")
    return std::nullopt;
  return number >= 0 && number <= 100 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<Netem> read_netem(Reader& reader, const Yaml& map) {
  if (!reader.check_map(map, "'netem'", keys_of(MapKind::netem))) return std::nullopt;
  Netem netem;
  const auto read = [&](const char* key, auto parse, auto& into, const char* wanted) {
    const Yaml* value = map.find(key);
    const auto text = value ? reader.text(*value, fmt::format("'{}'", key)) : std::nullopt;
    if (!text) return;
    if (const auto number = parse(*text))
      into = *number;
    else
      reader.mistake(*value, fmt::format("'{}' is not {}", *text, wanted));
  };
  const char* time = "a time such as 10ms, 500us or 1s, of a minute at most";
  const char* share = "a share such as 10%";
  read("delay", parse_time, netem.delay_us, time);
  read("jitter", parse_time, netem.jitter_us, time);
  read("loss", parse_share, netem.loss, share);
  read("duplicate", parse_share, netem.duplicate, share);
  read("corrupt", parse_share, netem.corrupt, share);
  read("reorder", parse_share, netem.reorder, share);
  for (const char* key : {"jitter", "reorder"})
    if (const Yaml* value = map.find(key); value && !map.find("delay"))
      reader.mistake(*value, fmt::format("'{}' needs 'delay'", key));
  if (map.entries.empty()) reader.mistake(map, "'netem' does nothing");
  return netem;
}

}  // namespace fwproof::parse
