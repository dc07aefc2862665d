// What the judge says of a case.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/case.h"
#include "model/seen.h"

namespace fwproof {

/// A check that did not hold.
struct Finding {
  std::string flow;      // empty for checks of no flow
  std::string check;     // "walk gw syn", "outcome", "conntrack gw", "capture gw:eth1"
  std::string asserted;  // in the notation of a case; may be several lines
  std::string seen;      // likewise
  std::string note;      // a remark that helps: "differs first at 'nat PREROUTING'"; may be empty
  std::string packet;    // the walk that shows it best: its name, or empty
  Location at;           // of the check
};

enum class Outcome { pass, fail, error, skip };
std::string_view to_string(Outcome outcome);

/// A network that is kept served another case before; its rules may be that one's still.
enum class RanIn { new_network, kept_network, kept_network_and_rules };

struct CaseResult {
  std::string name;  // of the case
  std::string about;
  Backend backend = Backend::iptables_nft;
  Location at;
  Outcome outcome = Outcome::pass;
  std::vector<Finding> findings;  // outcome fail
  std::string error;              // outcome error: "attempt: reason", or diagnostics
  std::string hint;
  bool bad_input = false;           // outcome error: a file is wrong, not the machine
  bool evidence_lost = false;       // outcome error: so the findings prove nothing
  std::string skipped;              // outcome skip: what is missing
  std::vector<std::string> tables;  // each matrix as it was seen
  Seen seen;
  std::string evidence;  // folder of the kept evidence, or empty
  std::chrono::microseconds took{0};
  RanIn ran_in = RanIn::new_network;
};

}  // namespace fwproof
