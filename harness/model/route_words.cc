#include "model/route_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/address.h"
#include "base/text.h"

namespace fwproof {
namespace {

constexpr std::string_view kAnswer = "RTNETLINK answers:";
const std::vector<std::string> kTypes{"unicast",     "local",     "broadcast",
                                      "anycast",     "multicast", "blackhole",
                                      "unreachable", "prohibit",  "throw"};
const std::vector<std::string> kKeys{"via", "dev", "proto", "scope", "src", "metric", "weight"};
const std::vector<std::string> kFlags{"dead", "onlink",   "pervasive", "offload",
                                      "trap", "linkdown", "unresolved"};
// linux/rtnetlink.h: RTPROT_*, RT_SCOPE_*, as ip-route(8) calls them without files of names.
const std::map<std::string, std::string> kProtocols{
    {"redirect", "1"}, {"kernel", "2"}, {"boot", "3"}, {"static", "4"}, {"ra", "9"}};
const std::map<std::string, std::string> kScopes{{"global", "0"}, {"universe", "0"},
                                                 {"site", "200"}, {"link", "253"},
                                                 {"host", "254"}, {"nowhere", "255"}};

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<std::string> number(const std::string& word) {
  const auto value = parse_unsigned(word);
  return value ? std::optional(std::to_string(*value)) : std::nullopt;
}

std::optional<std::string> named(const std::map<std::string, std::string>& names,
                                 const std::string& word) {
  const auto name = names.find(word);
  return name == names.end() ? number(word) : std::optional(name->second);
}

/// The value of a key in the one way it is written; nothing if it is no such value.
std::optional<std::string> value_of(const std::string& key, const std::string& word) {
  if (key == "dev") return word;
  if (key == "proto") return named(kProtocols, word);
  if (key == "scope") return named(kScopes, word);
  if (key == "metric" || key == "weight") return number(word);
  const auto address = IpAddress::parse(word);
  return address ? std::optional(address->to_string()) : std::nullopt;
}

/// Where a route leads, in the one way it is written; nothing if the word is no such place.
std::optional<std::string> place_of(const std::string& word) {
  if (word == "default") return word;
  if (const auto address = IpAddress::parse(word)) return address->to_string();
  const auto prefix = Prefix::parse(word);
  if (!prefix) return std::nullopt;
  if (prefix->length == 0) return "default";
  const bool host = prefix->length == prefix->address.bytes().size() * 8;
  return host ? prefix->address.to_string() : prefix->to_string();
}

struct WordAt {
  std::string text;
  size_t at = 0;
};

std::vector<WordAt> words_of(std::string_view text) {
  std::vector<WordAt> all;
  size_t at = 0;
  for (std::string& word : split_words(text)) {
    at = text.find(word, at);
    const size_t begin = std::exchange(at, at + word.size());
    all.push_back({std::move(word), begin});
  }
  return all;
}

class RouteWordsReader {
 public:
  explicit RouteWordsReader(std::string_view text) : words_(words_of(text)) {}

  RouteWords read() {
    while (next_ < words_.size() && route_.refused.empty()) take(words_[next_++]);
    return std::move(route_);
  }

 private:
  void take(const WordAt& word) {
    RouteWords& into = route_.hops.empty() ? route_ : route_.hops.back();
    const bool head = route_.hops.empty();
    if (word.text == "nexthop") {
      route_.hops.emplace_back();
    } else if (contains(kKeys, word.text)) {
      take_value(word, into);
    } else if (contains(kFlags, word.text)) {
      into.flags.insert(word.text);
    } else if (head && route_.type.empty() && contains(kTypes, word.text)) {
      route_.type = word.text;
    } else if (const auto place = head && route_.to.empty() ? place_of(word.text) : std::nullopt) {
      route_.to = *place;
    } else {
      refuse_word(word);
    }
  }

  void take_value(const WordAt& key, RouteWords& into) {
    const bool family = key.text == "via" && next_ < words_.size() &&
                        (words_[next_].text == "inet6" || words_[next_].text == "inet");
    if (family) ++next_;  // which the address tells
    const WordAt* word = next_ < words_.size() ? &words_[next_++] : nullptr;
    if (!word) return refuse(key, fmt::format("'{}' needs a value", key.text));
    const auto value = value_of(key.text, word->text);
    if (!value) return refuse(*word, fmt::format("'{}' is no value of '{}'", word->text, key.text));
    if (!into.values.emplace(key.text, *value).second)
      refuse(key, fmt::format("'{}' stands there twice", key.text));
  }

  void refuse_word(const WordAt& word) {
    std::vector<std::string> known{"default", "nexthop"};
    for (const auto* words : {&kTypes, &kKeys, &kFlags})
      known.insert(known.end(), words->begin(), words->end());
    refuse(word, fmt::format("'{}' is no word of a route that fwproof reads", word.text));
    route_.note = did_you_mean(word.text, known);
    if (route_.note.empty())
      route_.hint = fmt::format("it reads TYPE, PREFIX, {}, nexthop and {}", fmt::join(kKeys, ", "),
                                fmt::join(kFlags, ", "));
  }

  void refuse(const WordAt& word, std::string why) {
    route_.refused = std::move(why);
    route_.refused_at = word.at;
  }

  std::vector<WordAt> words_;
  size_t next_ = 0;
  RouteWords route_;
};

/// What ip-route(8) does not say since most routes have it.
std::string value_in(const RouteWords& seen, const std::string& key) {
  if (const auto there = seen.values.find(key); there != seen.values.end()) return there->second;
  if (key == "proto") return kProtocols.at("boot");
  return key == "scope" ? kScopes.at("global") : std::string();
}

bool fits_itself(const RouteWords& asserted, const RouteWords& seen) {
  const auto same = [&](const auto& value) { return value_in(seen, value.first) == value.second; };
  return (asserted.type.empty() || asserted.type == (seen.type.empty() ? "unicast" : seen.type)) &&
         (asserted.to.empty() || asserted.to == seen.to) &&
         std::all_of(asserted.values.begin(), asserted.values.end(), same) &&
         std::includes(seen.flags.begin(), seen.flags.end(), asserted.flags.begin(),
                       asserted.flags.end());
}

/// A route of several ways as if it had this one alone.
RouteWords with_hop(RouteWords route, const RouteWords& hop) {
  route.values.insert(hop.values.begin(), hop.values.end());
  route.flags.insert(hop.flags.begin(), hop.flags.end());
  return route;
}

}  // namespace

RouteWords read_route_words(std::string_view text) {
  const std::string_view words = trim(text);
  if (!words.starts_with(kAnswer)) return RouteWordsReader(text).read();
  RouteWords route;
  route.answer = words;
  return route;
}

bool fits(const RouteWords& asserted, const RouteWords& seen) {
  if (!asserted.answer.empty() || !seen.answer.empty()) return asserted.answer == seen.answer;
  const bool any_way = std::any_of(seen.hops.begin(), seen.hops.end(), [&](const RouteWords& hop) {
    return fits_itself(asserted, with_hop(seen, hop));
  });
  const bool ways =
      std::all_of(asserted.hops.begin(), asserted.hops.end(), [&](const RouteWords& wanted) {
        return std::any_of(seen.hops.begin(), seen.hops.end(),
                           [&](const RouteWords& hop) { return fits_itself(wanted, hop); });
      });
  return ways && (any_way || fits_itself(asserted, seen));
}

}  // namespace fwproof
