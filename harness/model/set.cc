#include "model/set.h"

#include <algorithm>
#include <array>

#include "base/address.h"

namespace fwproof {
namespace {

constexpr const char* kIpset = "ipset";
constexpr const char* kRecent = "recent";

/// Words, of which those in double quotes are one, with their quotes.
std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    size_t end = text[at] == '"' ? text.find('"', at + 1) : text.find_first_of(kBlanks, at);
    if (text[at] == '"' && end != std::string_view::npos) ++end;
    end = std::min(end, text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string unquoted(const std::string& word) {
  const bool quoted = word.size() >= 2 && word.front() == '"' && word.back() == '"';
  return quoted ? word.substr(1, word.size() - 2) : word;
}

/// An address in the one way it is written, that of one host without a length.
std::string canonical(const std::string& word) {
  if (const auto address = IpAddress::parse(word)) return address->to_string();
  const auto prefix = Prefix::parse(word);
  const bool host = prefix && prefix->length == prefix->address.bytes().size() * 8;
  return host ? prefix->address.to_string() : unquoted(word);
}

/// Words that begin what an element has beside its key: nft(8) SETS, ipset(8) GENERIC CREATE AND
/// ADD OPTIONS.
bool begins_more(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMore{
      "timeout", "expires", "comment", "counter", "limit",   "quota",
      "last",    "ct",      "packets", "bytes",   "skbmark", "skbprio"};
  return std::find(kMore.begin(), kMore.end(), word) != kMore.end();
}

void append(std::string& text, const std::string& word) {
  if (!text.empty()) text += ' ';
  text += word;
}

}  // namespace

SetElement read_set_element(std::string_view text) {
  SetElement element;
  element.written = text;
  std::string* into = &element.key;
  for (const std::string& word : words_of(text)) {
    const bool of_map = into == &element.value;
    if (word == ":" && !of_map) {
      into = &element.value;
    } else if (word == "nomatch") {
      append(element.key, word);
    } else if (begins_more(word) && !of_map) {
      into = word == "timeout" ? &element.timeout : word == "comment" ? &element.comment : nullptr;
    } else if (into) {
      append(*into, into == &element.comment ? unquoted(word) : canonical(word));
    }
  }
  element.text = element.key;
  if (!element.value.empty()) element.text += " : " + element.value;
  if (!element.comment.empty()) element.text += " comment \"" + element.comment + '"';
  return element;
}

bool fits(const SetElement& asserted, const SetElement& seen) {
  const auto fits = [](const std::string& wanted, const std::string& there) {
    return wanted.empty() || wanted == there;
  };
  return asserted.key == seen.key && fits(asserted.value, seen.value) &&
         fits(asserted.timeout, seen.timeout) && fits(asserted.comment, seen.comment);
}

std::string full_name(const SetSeen& set) {
  if (set.kind == SetKind::ipset) return kIpset + (' ' + set.name);
  if (set.kind == SetKind::recent) return kRecent + (' ' + set.name);
  const std::string family =
      set.family == Family::ip ? "" : std::string(to_string(set.family)) + ' ';
  return family + set.table + ' ' + set.name;
}

bool means(const SetCheck& check, const SetSeen& set) {
  if (check.name != set.name) return false;
  const std::string table = set.kind == SetKind::ipset    ? kIpset
                            : set.kind == SetKind::recent ? kRecent
                                                          : set.table;
  if (check.family)
    return set.kind == SetKind::nf_tables && *check.family == set.family &&
           check.table == set.table;
  return check.table.empty() || check.table == table;
}

}  // namespace fwproof
