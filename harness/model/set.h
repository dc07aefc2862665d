// What sets of addresses, ports and the like hold: sets and maps of nf_tables, sets of ipset, lists
// of xt_recent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/location.h"
#include "model/netfilter.h"

namespace fwproof {

/// One element, in the notation of the tool that lists it: "10.0.0.1", "10.0.0.1 . 80",
/// "22 : accept", "10.0.0.1,tcp:80", "10.0.0.1 timeout 1m comment \"x\"".
struct SetElement {
  std::string key;
  std::string value;    // of a map
  std::string timeout;  // of nf_tables: how long it stays from when it is added. Empty: for ever
  std::string comment;
  std::string text;     // key, value and comment
  std::string written;  // as it was read
  bool operator==(const SetElement&) const = default;
};

/// Reads an element as nft, ipset or a person writes it. What changes by itself (counters, what is
/// left of a time, when it was last used) is passed over.
SetElement read_set_element(std::string_view text);

/// True if `seen` is what `asserted` says; what that does not say is not compared.
bool fits(const SetElement& asserted, const SetElement& seen);

/// What an element that somebody wrote is to a set: the kernel's own notation of it.
struct SetReading {
  std::vector<SetElement> elements;  // one, but of an ipset that holds a range one by one
  std::string holder;                // the element of the set that it lies in; empty: there is none
  std::string refused;               // why it is no element of such a set; empty: it is one
};

enum class SetKind { nf_tables, ipset, recent };

/// A set as the kernel has it.
struct SetSeen {
  std::string node;
  SetKind kind = SetKind::nf_tables;
  Family family = Family::inet;  // nf_tables, as is `table`
  std::string table;
  std::string name;
  std::vector<SetElement> elements;            // only where they were asked for
  std::map<std::string, SetReading> readings;  // of those that checks name, by SetElement::written
};

/// "inet fw banned", "filter banned", "ipset banned", "recent SSH": as checks name it.
std::string full_name(const SetSeen& set);

/// `sets: {gw: {banned: {has: 10.0.0.9}}}`: what a set of a node holds at the end.
struct SetCheck {
  std::string node;
  std::optional<Family> family;
  std::string table;  // of nf_tables, or "ipset" or "recent"; empty: any
  std::string name;
  bool whole = false;           // `has` is all that it holds
  std::vector<SetElement> has;  // in any order
  std::vector<SetElement> lacks;
  std::string text;  // the set, as written
  Location at;
};

/// Does the check speak of this set?
bool means(const SetCheck& check, const SetSeen& set);

}  // namespace fwproof
