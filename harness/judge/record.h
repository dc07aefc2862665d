// What was seen of a case's flows, as checks that hold: what `fwproof run --record` writes into a
// case, and `--update` puts in place of checks that do not hold. The judge's own answers are taken
// for it, so that both speak one notation.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/case.h"
#include "model/seen.h"

namespace fwproof::judge {

/// One key of `checks` and its value.
struct Recorded {
  std::vector<std::string> path;   // below `checks`: "visit", "walk", "gw", "syn"
  std::vector<std::string> value;  // a scalar is one text
  bool list = false;
  std::string vaguer;  // a scalar that is true also where the port is another; may be empty
  bool usual = true;   // false: for updates alone, a new case is fine without

  bool operator==(const Recorded&) const = default;
};

/// Keys of a flow that are recorded as one text each.
inline constexpr std::array<std::string_view, 7> kRecordedTexts{
    "outcome", "dropped", "cause", "reaches", "seen as", "answered from", "exit"};

/// Everything recordable of one run. Ports that the kernel picked are left out.
std::vector<Recorded> record(const Case& c, Backend backend, const Seen& seen);

/// What all runs agree on, in the order of the first, and what they do not, as one of them has it.
struct Agreed {
  std::vector<Recorded> checks;
  std::vector<Recorded> differing;

  const Recorded* find(const std::vector<std::string>& path) const;
  bool differs(const std::vector<std::string>& path) const;
};
Agreed agreed(const std::vector<std::vector<Recorded>>& runs);

/// The usual ones as the lines of a case from "checks:" on.
std::string checks_text(const std::vector<Recorded>& checks);

}  // namespace fwproof::judge
