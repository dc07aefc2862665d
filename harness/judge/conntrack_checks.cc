#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "judge/checks.h"
#include "judge/tracked.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

using EndpointPair = std::pair<EndpointPattern, EndpointPattern>;

/// The tuple that conntrack made of the flow's first packet in this node: of its headers as they
/// were when it entered. The answer counts where only answers come by.
std::optional<Packet> first_packet_at(const FlowSeen& seen, const std::string& node) {
  const auto sight = [&](const Walk& walk) -> std::optional<Packet> {
    const auto hooks = hooks_in(walk, node);
    if (hooks.empty()) return std::nullopt;
    return hooks.front()->at_start ? hooks.front()->at_start : walk.packet;
  };
  for (const Direction direction : {Direction::original, Direction::reply})
    for (const Walk& walk : seen.walks)
      if (walk.direction == direction)
        if (const auto packet = sight(walk)) return packet;
  return std::nullopt;
}

bool begins(const Packet& packet, const Tuple& original) {
  return original.protocol == packet.protocol && original.source == packet.from() &&
         original.destination == packet.to() &&
         (!packet.is_icmp() || original.icmp_id == packet.icmp_id);
}

bool fits(const EndpointPair& asserted, const Tuple& seen) {
  return asserted.first.fits(seen.source) && asserted.second.fits(seen.destination);
}

/// Those of the flow's entries that the check speaks of: of the original tuple it names, or of the
/// reply tuple it names, or else of the tuple with which the flow came to the node. Where it has
/// none such, all of them: what they are instead is worth telling.
std::vector<Tracked> select(const FlowView& view, const ConntrackCheck& check,
                            const std::vector<Tracked>& own) {
  const auto first = first_packet_at(view.seen, check.node);
  std::vector<Tracked> meant;
  std::copy_if(own.begin(), own.end(), std::back_inserter(meant), [&](const Tracked& t) {
    if (check.original) return fits(*check.original, t.entry.original);
    if (check.reply) return fits(*check.reply, t.entry.reply);
    return view.flow.kind == FlowKind::exec || (first && begins(*first, t.entry.original));
  });
  return meant.empty() ? own : meant;
}

bool holds_status(const std::string& word, const ConntrackEntry& entry) {
  const bool negated = word.starts_with('!');
  const std::string name = negated ? word.substr(1) : word;
  const bool set = entry.state == name ||
                   std::find(entry.status.begin(), entry.status.end(), name) != entry.status.end();
  return set != negated;
}

std::string event_text(const ConntrackEvent& event) {
  std::string text(to_string(event.kind));
  if (!event.entry.state.empty()) text += " " + event.entry.state;
  for (const std::string& word : event.entry.status) text += " " + word;
  return text;
}

bool fits(const std::string& asserted, const ConntrackEvent& event) {
  const auto words = split_words(asserted);
  if (words.empty() || words[0] != to_string(event.kind)) return false;
  return std::all_of(words.begin() + 1, words.end(),
                     [&](const std::string& word) { return holds_status(word, event.entry); });
}

std::string event_difference(const std::vector<std::string>& asserted,
                             const std::vector<const ConntrackEvent*>& seen) {
  for (size_t i = 0; i < std::max(asserted.size(), seen.size()); ++i) {
    if (i < asserted.size() && i < seen.size() && fits(asserted[i], *seen[i])) continue;
    const std::string wanted =
        i < asserted.size() ? fmt::format("'{}'", asserted[i]) : "nothing more";
    const std::string there =
        i < seen.size() ? fmt::format("'{}'", event_text(*seen[i])) : "nothing more";
    return fmt::format("differs at event {}: asserted {}, seen {}", i + 1, wanted, there);
  }
  return {};
}

std::string pair_text(const EndpointPair& pair) {
  return fmt::format("{} -> {}", pair.first.to_string(), pair.second.to_string());
}

std::string differs(std::string_view field, const std::string& asserted, const std::string& seen) {
  return fmt::format("differs in {}: asserted '{}', seen '{}'", field, asserted, seen);
}

/// What only an entry that is still there can tell.
std::string state_difference(const ConntrackCheck& check, const Tracked& t) {
  const bool asked = check.state || !check.status.empty() || check.mark;
  if (!asked) return {};
  if (!t.at_end) return "the entry was destroyed before the end";
  if (check.state && *check.state != t.entry.state)
    return differs("state", *check.state, t.entry.state);
  for (const std::string& word : check.status)
    if (!holds_status(word, t.entry))
      return differs("status", word, fmt::format("{}", fmt::join(t.entry.status, " ")));
  if (check.mark && *check.mark != t.entry.mark)
    return differs("mark", fmt::format("{:#x}", *check.mark), fmt::format("{:#x}", t.entry.mark));
  return {};
}

std::string difference(const ConntrackCheck& check, const Tracked& t) {
  if (check.original && !fits(*check.original, t.entry.original))
    return differs("original", pair_text(*check.original), to_string(t.entry.original));
  if (check.reply && !fits(*check.reply, t.entry.reply))
    return differs("reply", pair_text(*check.reply), to_string(t.entry.reply));
  if (check.zone && *check.zone != t.entry.zone)
    return differs("zone", std::to_string(*check.zone), std::to_string(t.entry.zone));
  std::string text = state_difference(check, t);
  if (!text.empty() || !check.events) return text;
  return event_difference(*check.events, t.events);
}

std::string asserted_text(const ConntrackCheck& check) {
  if (check.none) return "none";
  std::vector<std::string> fields;
  if (check.original) fields.push_back("original: " + yaml_scalar(pair_text(*check.original)));
  if (check.reply) fields.push_back("reply: " + yaml_scalar(pair_text(*check.reply)));
  if (check.state) fields.push_back("state: " + *check.state);
  if (!check.status.empty()) fields.push_back("status: " + yaml_list(check.status));
  if (check.mark) fields.push_back(fmt::format("mark: {:#x}", *check.mark));
  if (check.zone) fields.push_back(fmt::format("zone: {}", *check.zone));
  if (check.events) fields.push_back("events: " + yaml_list(*check.events));
  return fmt::format("{{{}}}", fmt::join(fields, ", "));
}

std::string seen_text(const Tracked& t, bool with_events) {
  std::string text = describe(t.entry);
  if (with_events) {
    std::vector<std::string> events;
    events.reserve(t.events.size());
    for (const ConntrackEvent* event : t.events) events.push_back(event_text(*event));
    text.pop_back();
    text += ", events: " + yaml_list(events) + "}";
  }
  return t.destroyed ? text + " (destroyed)" : text;
}

std::string seen_text(const std::vector<Tracked>& entries, bool with_events) {
  std::vector<std::string> texts;
  texts.reserve(entries.size());
  for (const Tracked& t : entries) texts.push_back(seen_text(t, with_events));
  return fmt::format("{}", fmt::join(texts, "\n"));
}

/// Why evidence about the entry is missing; empty if all of it is there.
std::string gap(const Tracked& t) {
  if (t.at_end && t.destroyed) return "is there at the end although its DESTROY event was seen";
  if (!t.at_end && !t.destroyed) return "is not there at the end, but no DESTROY event was seen";
  return {};
}

Finding finding(const FlowView& view, const ConntrackCheck& check) {
  Finding f;
  f.flow = view.flow.name;
  f.check = "conntrack " + check.node;
  f.asserted = asserted_text(check);
  f.at = check.at;
  return f;
}

/// The flow may have this entry or that one, and the check holds for some alone.
void add_doubt(const ConntrackCheck& check, const std::vector<Tracked>& entries,
               Judgement& judgement) {
  judgement.unanswerable.push_back(
      fmt::format("conntrack check on '{}': entries of several zones have the addresses and ports "
                  "of this flow and of another, and the kernel's trace does not tell which is "
                  "whose (since Linux 6.16 it does){}\n{}",
                  check.node, place(check.at), seen_text(entries, false)));
}

/// The check says that there is an entry, and what it is like.
void check_entry(const FlowView& view, const ConntrackCheck& check, const std::vector<Tracked>& all,
                 const std::vector<Tracked>& own, bool doubtful, Judgement& judgement) {
  const auto fulfils = [&](const Tracked& t) { return difference(check, t).empty(); };
  const bool holds = std::any_of(own.begin(), own.end(), fulfils);
  if (doubtful && holds && !std::all_of(own.begin(), own.end(), fulfils)) {
    add_doubt(check, own, judgement);
    return;
  }
  Finding f = finding(view, check);
  if (own.empty()) {
    f.seen = "none";
    f.note = all.empty() ? "the node has no entry at all"
                         : "the node has other entries: " + seen_text(all, false);
  } else {
    f.seen = seen_text(own, check.events.has_value());
    f.note = difference(check, own.back());
  }
  judgement.settle(holds, std::move(f));
}

void check_one(const FlowView& view, const ConntrackCheck& check, const Seen& seen,
               Judgement& judgement) {
  const std::vector<Tracked> all = entries_of(check.node, seen);
  const auto [of_flow, doubtful] = own_entries(view.seen, check.node, seen, all);
  if (check.none && doubtful) {
    add_doubt(check, of_flow, judgement);
    return;
  }
  if (check.none) {
    Finding f = finding(view, check);
    f.seen = of_flow.empty() ? "none" : seen_text(of_flow, false);
    judgement.settle(of_flow.empty(), std::move(f));
    return;
  }
  const auto active = seen.conntrack_active.find(check.node);
  if (all.empty() && (active == seen.conntrack_active.end() || !active->second)) {
    judgement.unanswerable.push_back(
        fmt::format("conntrack check on '{}': no rule there needs connection tracking, so the "
                    "kernel keeps none{}; set 'conntrack: true' on the node",
                    check.node, place(check.at)));
    return;
  }
  const std::vector<Tracked> own = select(view, check, of_flow);
  for (const Tracked& t : own)
    if (const std::string text = gap(t); !text.empty())
      judgement.lost.push_back(fmt::format("conntrack of '{}': the entry '{}' {}{}", check.node,
                                           to_string(t.entry.original), text, place(check.at)));
  check_entry(view, check, all, own, doubtful, judgement);
}

std::string asserted_text(const ExpectationCheck& check) {
  if (check.none) return "none";
  std::vector<std::string> fields;
  if (check.expected) fields.push_back("expected: " + yaml_scalar(pair_text(*check.expected)));
  if (!check.helper.empty()) fields.push_back("helper: " + yaml_scalar(check.helper));
  return fmt::format("{{{}}}", fmt::join(fields, ", "));
}

bool fits(const ExpectationCheck& check, const Expectation& seen) {
  return !check.none && (!check.expected || fits(*check.expected, seen.expected)) &&
         (check.helper.empty() || check.helper == seen.helper);
}

/// What the flow's packets made helpers of the node expect.
struct OwnExpectations {
  std::vector<const Expectation*> all;
  const Expectation* doubtful = nullptr;  // of its connection, but nothing tells of which packet
};

OwnExpectations expectations_of(const FlowView& view, const std::string& node, const Seen& seen) {
  const auto hooks = hooks_at(view.seen, node);
  OwnExpectations own;
  for (const Expectation& e : seen.expectations) {
    if (e.node != node) continue;
    const auto sight = sight_that_made(e, seen);
    for (const HookVisit* hook : hooks) {
      if (!sight && is_seen_at(e.master, *hook)) own.doubtful = &e;
      if (hook->order != sight) continue;
      own.all.push_back(&e);
      break;
    }
  }
  return own;
}

void check_expectation(const FlowView& view, const ExpectationCheck& check, const Seen& seen,
                       Judgement& judgement) {
  const auto [own, doubtful] = expectations_of(view, check.node, seen);
  if (doubtful) {
    judgement.lost.push_back(
        fmt::format("expectations of '{}': no packet was seen that made a helper expect {}{}",
                    check.node, describe(*doubtful), place(check.at)));
    return;
  }
  const bool any =
      std::any_of(own.begin(), own.end(), [&](const Expectation* e) { return fits(check, *e); });
  std::vector<std::string> texts;
  for (const Expectation* e : own) texts.push_back(describe(*e));
  Finding f;
  f.flow = view.flow.name;
  f.check = "expectations " + check.node;
  f.asserted = asserted_text(check);
  f.seen = texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, "\n"));
  f.at = check.at;
  judgement.settle(check.none ? own.empty() : any, std::move(f));
}

}  // namespace

EntriesOfFlow entries_of_flow(const FlowView& view, const std::string& node, const Seen& seen) {
  ConntrackCheck unspecific;
  unspecific.node = node;
  EntriesOfFlow entries;
  const auto own = own_entries(view.seen, node, seen, entries_of(node, seen));
  for (const Tracked& t : select(view, unspecific, own.entries)) {
    entries.any = true;
    if (t.at_end && !own.doubtful) entries.at_end.push_back(t.entry);
  }
  return entries;
}

void check_conntrack(const FlowView& view, const Seen& seen, Judgement& judgement) {
  for (const ConntrackCheck& check : view.checks.conntrack) check_one(view, check, seen, judgement);
  for (const ExpectationCheck& check : view.checks.expectations)
    check_expectation(view, check, seen, judgement);
}

}  // namespace fwproof::judge
