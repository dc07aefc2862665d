#include "judge/one_by_one.h"

#include <utility>

namespace fwproof::judge {
namespace {

/// Splits the checks of one flow.
class Splitter {
 public:
  Splitter(const FlowChecks& from, std::vector<Assertions>& into) : from_(from), into_(into) {}

  void split() {
    value(&FlowChecks::outcome);
    value(&FlowChecks::connections);
    value(&FlowChecks::dropped);
    value(&FlowChecks::cause);
    value(&FlowChecks::reaches);
    value(&FlowChecks::seen_as);
    value(&FlowChecks::answered_from);
    list(&FlowChecks::walks);
    list(&FlowChecks::hooks);
    list(&FlowChecks::conntrack);
    list(&FlowChecks::expectations);
    if (from_.program) program(*from_.program);
    list(&FlowChecks::captures);
  }

 private:
  FlowChecks& add() {
    FlowChecks one;
    one.flow = from_.flow;
    one.at = from_.at;
    Assertions single;
    single.at = from_.at;
    single.checks.push_back(std::move(one));
    into_.push_back(std::move(single));
    return into_.back().checks.back();
  }

  template <typename Check>
  void value(std::optional<Check> FlowChecks::*member) {
    if (from_.*member) add().*member = from_.*member;
  }

  template <typename Check>
  void list(std::vector<Check> FlowChecks::*member) {
    for (const Check& check : from_.*member) (add().*member).push_back(check);
  }

  void program(const ProgramCheck& all) {
    if (all.exit_status) {
      ProgramCheck& one = add().program.emplace();
      one.exit_status = all.exit_status;
      one.at = all.at;
    }
    for (const auto texts : {&ProgramCheck::output_contains, &ProgramCheck::error_contains,
                             &ProgramCheck::output_lacks, &ProgramCheck::error_lacks})
      for (const std::string& text : all.*texts) {
        ProgramCheck& one = add().program.emplace();
        one.*texts = {text};
        one.at = all.at;
      }
  }

  const FlowChecks& from_;
  std::vector<Assertions>& into_;
};

template <typename Check>
void split(const Assertions& all, std::vector<Check> Assertions::*member,
           std::vector<Assertions>& into) {
  for (const Check& check : all.*member) {
    Assertions single;
    single.at = check.at;
    (single.*member).push_back(check);
    into.push_back(std::move(single));
  }
}

}  // namespace

std::vector<Assertions> one_by_one(const Assertions& all) {
  std::vector<Assertions> singles;
  for (const FlowChecks& checks : all.checks) Splitter(checks, singles).split();
  split(all, &Assertions::counters, singles);
  split(all, &Assertions::routes, singles);
  split(all, &Assertions::logs, singles);
  return singles;
}

size_t count_captures(const std::vector<FlowChecks>& checks) {
  size_t count = 0;
  for (const FlowChecks& of_flow : checks) count += of_flow.captures.size();
  return count;
}

}  // namespace fwproof::judge
