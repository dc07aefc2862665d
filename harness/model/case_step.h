// What a case does, one thing after another: its flows, and what changes between them.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "model/location.h"
#include "model/ruleset.h"

namespace fwproof {

struct SysctlChange {
  std::string node;
  std::string key;
  std::string value;
};

struct CaseStep {
  enum class Kind {
    flow,              // sends `flow` from its first packet to its last
    start,             // the same, and holds it open
    go_on,             // `flow`, which is open, sends another request and waits for its answer
    finish,            // `flow` is closed by the one who started it
    rules,             // nodes load `rules`
    exec,              // `node` runs `command` to its end, which must be a good one
    flush_conntrack,   // `node` forgets all its entries
    delete_conntrack,  // `node` forgets the entries that packets of `flow` belong to
    link_down,         // `node`'s `dev` goes down
    link_up,
    sysctl,  // nodes get `sysctls`
  };
  Kind kind = Kind::flow;
  std::string flow;
  std::string as;  // go_on, finish: the flow under whose name this step's packets are checked, or
                   // empty. They are among those of `flow` too
  std::string node;
  std::string dev;
  std::vector<SysctlChange> sysctls;
  std::map<Backend, std::vector<NodeRules>> rules;
  std::vector<std::string> command;
  std::chrono::milliseconds deadline{10'000};  // exec
  std::string text;                            // "flush conntrack: gw", for people
  Location at;
};

/// Does the step change what packets meet? (A mutant may leave such a one out.)
bool is_change(const CaseStep& step);

}  // namespace fwproof
