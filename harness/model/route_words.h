// A route in the words of ip-route(8), read as values: what is the same to the kernel is the same
// here, whatever the order and the spelling.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof {

struct RouteWords {
  std::string answer;  // an error of the kernel instead: "RTNETLINK answers: ..."
  std::string type;    // "local", ...; empty: not said, which for ip-route(8) is unicast
  std::string to;      // "default", "10.0.0.0/8", "10.0.0.1"; empty: not said
  std::map<std::string, std::string> values;  // of `via`, `dev`, `proto`, `scope`, `src`, ...
  std::set<std::string> flags;                // "onlink", "dead", "linkdown", ...
  std::vector<RouteWords> hops;               // behind `nexthop`

  // What cannot be read, and where it stands; empty if all could be.
  std::string refused;
  std::string note;  // "did you mean ...?"
  std::string hint;
  size_t refused_at = 0;
};

RouteWords read_route_words(std::string_view text);

/// Is the route `seen` what `asserted` says? What that does not say is not compared; what it says
/// of a way holds for one of several ways too.
bool fits(const RouteWords& asserted, const RouteWords& seen);

}  // namespace fwproof
