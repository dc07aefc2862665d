// What is left of a case's result once it has been told: its part of every report, as text, and
// what the totals need. It is small whatever the case saw, and goes through a pipe: cases run in
// processes of their own (run/workers.h).
#pragma once

#include <chrono>
#include <string>

#include "model/finding.h"
#include "report/layout.h"

namespace fwproof::report {

/// Which parts are wanted.
struct Telling {
  Style style;
  bool walks = false;  // on the terminal, those of green cases too
  bool junit = false;
  bool json = false;
};

struct Told {
  Outcome outcome = Outcome::pass;
  bool bad_input = false;
  RanIn ran_in = RanIn::new_network;
  std::chrono::microseconds took{0};
  std::string terminal;  // whole lines
  std::string junit;     // a <testcase>; empty unless wanted
  std::string json;      // a CASE of report/json.h; empty unless wanted
};

Told tell(const CaseResult& result, const Telling& telling);

/// As bytes, and back. unpacked() takes only what packed() gave: anything else is a bug.
std::string packed(const Told& told);
Told unpacked(const std::string& bytes);

}  // namespace fwproof::report
