#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "judge/checks.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

std::vector<std::string> texts(const std::vector<SetElement>& elements, bool timeouts) {
  std::vector<std::string> all;
  for (const SetElement& element : elements)
    all.push_back(element.text +
                  (timeouts && !element.timeout.empty() ? " timeout " + element.timeout : ""));
  return all;
}

std::string list_of(const std::vector<SetElement>& elements, bool timeouts = true) {
  return elements.empty() ? "none" : yaml_list(texts(elements, timeouts));
}

std::string asserted(const SetCheck& check) {
  if (check.whole) return list_of(check.has);
  std::vector<std::string> parts;
  if (!check.has.empty()) parts.push_back("has: " + list_of(check.has));
  if (!check.lacks.empty()) parts.push_back("lacks: " + list_of(check.lacks));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

bool names_timeout(const SetCheck& check) {
  const auto has_timeout = [](const SetElement& e) { return !e.timeout.empty(); };
  return std::any_of(check.has.begin(), check.has.end(), has_timeout) ||
         std::any_of(check.lacks.begin(), check.lacks.end(), has_timeout);
}

/// `wanted` as the set has it.
const std::vector<SetElement>& read_as(const SetSeen& set, const SetElement& wanted) {
  return set.readings.at(wanted.written).elements;
}

bool fits_any(const std::vector<SetElement>& wanted, const SetElement& seen) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const SetElement& element) { return fits(element, seen); });
}

bool has_all(const SetSeen& set, const SetElement& wanted) {
  const auto& all = read_as(set, wanted);
  return std::all_of(all.begin(), all.end(), [&](const SetElement& element) {
    return std::any_of(set.elements.begin(), set.elements.end(),
                       [&](const SetElement& there) { return fits(element, there); });
  });
}

/// What it has of `unwanted`: "10.0.0.9", "10.0.0.9 in 10.0.0.0/24"; empty if that is nothing.
std::string had(const SetSeen& set, const SetElement& unwanted) {
  const SetReading& reading = set.readings.at(unwanted.written);
  if (std::any_of(set.elements.begin(), set.elements.end(),
                  [&](const SetElement& there) { return fits_any(reading.elements, there); }))
    return unwanted.text;
  if (reading.holder.empty()) return {};
  return fmt::format("{} in {}", unwanted.text, reading.holder);
}

/// Why the set cannot tell whether it has what the check names; empty if it can.
std::string doubt(const SetCheck& check, const SetSeen& set) {
  if (set.kind != SetKind::nf_tables && names_timeout(check))
    return fmt::format("of '{}' the kernel tells only what is left of a timeout", full_name(set));
  for (const auto* elements : {&check.has, &check.lacks})
    for (const SetElement& element : *elements) {
      const auto reading = set.readings.find(element.written);
      if (reading == set.readings.end())
        return fmt::format("nothing tells what '{}' is to it", element.written);
      if (!reading->second.refused.empty())
        return fmt::format("'{}' is no element for '{}': {}", element.written, full_name(set),
                           reading->second.refused);
    }
  return {};
}

/// What is not as asserted: "it lacks 10.0.0.1; it has 10.0.0.9".
std::string difference(const SetCheck& check, const SetSeen& set) {
  std::vector<std::string> lacks;
  std::vector<std::string> has;
  for (const SetElement& wanted : check.has)
    if (!has_all(set, wanted)) lacks.push_back(wanted.text);
  for (const SetElement& unwanted : check.lacks)
    if (std::string text = had(set, unwanted); !text.empty()) has.push_back(std::move(text));
  if (check.whole)
    for (const SetElement& element : set.elements)
      if (std::none_of(check.has.begin(), check.has.end(),
                       [&](const SetElement& e) { return fits_any(read_as(set, e), element); }))
        has.push_back(element.text);
  std::string text;
  if (!lacks.empty()) text = fmt::format("it lacks {}", fmt::join(lacks, ", "));
  if (!has.empty())
    text += fmt::format("{}it has {}", text.empty() ? "" : "; ", fmt::join(has, ", "));
  return text;
}

void check_set(const SetCheck& check, const SetSeen& set, Judgement& judgement) {
  if (const std::string why = doubt(check, set); !why.empty()) {
    judgement.unanswerable.push_back(
        fmt::format("set check on '{}' '{}': {}{}", check.node, check.text, why, place(check.at)));
    return;
  }
  Finding f;
  f.check = fmt::format("sets {} {}", check.node, full_name(set));
  f.asserted = asserted(check);
  f.seen = list_of(set.elements, names_timeout(check));
  f.note = difference(check, set);
  f.at = check.at;
  const bool as_asserted = f.note.empty();
  judgement.settle(as_asserted, std::move(f));
}

void refuse_missing(const SetCheck& check, const Seen& seen, Judgement& judgement) {
  std::vector<std::string> there;
  for (const SetSeen& set : seen.sets)
    if (set.node == check.node) there.push_back(full_name(set));
  Finding f;
  f.check = fmt::format("sets {} {}", check.node, check.text);
  f.asserted = asserted(check);
  f.seen = "no such set";
  if (!there.empty()) f.note = fmt::format("the node has: {}", fmt::join(there, ", "));
  f.at = check.at;
  judgement.settle(false, std::move(f));
}

}  // namespace

void check_sets(std::span<const SetCheck> checks, const Seen& seen, Judgement& judgement) {
  for (const SetCheck& check : checks) {
    std::vector<const SetSeen*> found;
    for (const SetSeen& set : seen.sets)
      if (set.node == check.node && means(check, set)) found.push_back(&set);
    if (found.empty()) {
      refuse_missing(check, seen, judgement);
    } else if (found.size() == 1) {
      check_set(check, *found.front(), judgement);
    } else {
      std::vector<std::string> names;
      for (const SetSeen* set : found) names.push_back("'" + full_name(*set) + "'");
      judgement.unanswerable.push_back(
          fmt::format("set check on '{}' '{}': it may be {}; say which{}", check.node, check.text,
                      fmt::join(names, " or "), place(check.at)));
    }
  }
}

}  // namespace fwproof::judge
