#include <fmt/format.h>
#include <libiptc/libiptc.h>
#include <linux/netfilter/xt_comment.h>

extern "C" {  // which libip6tc.h leaves to those who include it
#include <libiptc/libip6tc.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "observe/log_target.h"
#include "observe/ruleset_reader.h"
#include "observe/tracking.h"

namespace fwproof::observe {
namespace {

// libiptc's two faces under one set of names.
struct Ipv4 {
  using Entry = ipt_entry;
  static constexpr Family kFamily = Family::ip;
  static constexpr auto init = iptc_init;
  static constexpr auto free = iptc_free;
  static constexpr auto first_chain = iptc_first_chain;
  static constexpr auto next_chain = iptc_next_chain;
  static constexpr auto first_rule = iptc_first_rule;
  static constexpr auto next_rule = iptc_next_rule;
  static constexpr auto target = iptc_get_target;
  static constexpr auto policy = iptc_get_policy;
  static constexpr auto is_builtin = iptc_builtin;
  static constexpr auto is_chain = iptc_is_chain;
  static const ipt_ip& header(const Entry& entry) { return entry.ip; }
  static bool is_goto(const Entry& entry) { return (entry.ip.flags & IPT_F_GOTO) != 0; }
};

struct Ipv6 {
  using Entry = ip6t_entry;
  static constexpr Family kFamily = Family::ip6;
  static constexpr auto init = ip6tc_init;
  static constexpr auto free = ip6tc_free;
  static constexpr auto first_chain = ip6tc_first_chain;
  static constexpr auto next_chain = ip6tc_next_chain;
  static constexpr auto first_rule = ip6tc_first_rule;
  static constexpr auto next_rule = ip6tc_next_rule;
  static constexpr auto target = ip6tc_get_target;
  static constexpr auto policy = ip6tc_get_policy;
  static constexpr auto is_builtin = ip6tc_builtin;
  static constexpr auto is_chain = ip6tc_is_chain;
  static const ip6t_ip6& header(const Entry& entry) { return entry.ipv6; }
  static bool is_goto(const Entry& entry) { return (entry.ipv6.flags & IP6T_F_GOTO) != 0; }
};

/// Where the kernel attaches a built-in chain (enum nf_ip_hook_priorities of
/// linux/netfilter_ipv4.h; IPv6 has the same).
BaseChain base_of(std::string_view table, Hook hook) {
  const bool destination_nat = hook == Hook::prerouting || hook == Hook::output;
  if (table == "raw") return {hook, -300, "filter"};
  if (table == "mangle") return {hook, -150, hook == Hook::output ? "route" : "filter"};
  if (table == "nat") return {hook, destination_nat ? -100 : 100, "nat"};
  if (table == "security") return {hook, 50, "filter"};
  return {hook, 0, "filter"};
}

std::string target_text(std::string_view target, bool is_chain, bool is_goto) {
  if (!is_chain) return std::string(target);
  return fmt::format("{} {}", is_goto ? "goto" : "jump", target);
}

/// The data of a match or target, behind its header.
template <typename Part>
std::span<const uint8_t> data_of(const Part* part, size_t size) {
  return {reinterpret_cast<const uint8_t*>(part) + sizeof *part, size - sizeof *part};
}

/// A match or target by its name, revision and data. The kernel leaves what stands behind the name
/// as it was in the reader's memory (xt_obj_to_user() in net/netfilter/x_tables.c).
template <typename Part>
std::string part_as_read(const Part& part, size_t size) {
  const auto data = data_of(&part, size);
  std::string bytes = part.u.user.name;
  bytes += '\0';
  bytes += static_cast<char>(part.u.user.revision);
  bytes += std::to_string(data.size()) + ':';
  return bytes.append(reinterpret_cast<const char*>(data.data()), data.size());
}

template <typename Ip>
class Reader {
 public:
  Reader(const std::string& table, xtc_handle* handle) : table_(table), handle_(handle) {}

  Table read() {
    Table table{.family = Ip::kFamily, .name = table_, .legacy = true};
    for (const char* name = Ip::first_chain(handle_); name; name = Ip::next_chain(handle_))
      table.chains.push_back(read_chain(name));
    return table;
  }

  bool tracks() const { return tracks_; }

 private:
  using Entry = typename Ip::Entry;

  Chain read_chain(const char* name) {
    Chain chain{.name = name};
    if (Ip::is_builtin(name, handle_)) {
      if (const auto hook = parse_hook(name)) chain.base = base_of(table_, *hook);
      xt_counters counters{};
      const char* policy = Ip::policy(name, &counters, handle_);
      chain.policy =
          policy && std::string_view(policy) == IPTC_LABEL_ACCEPT ? Verdict::accept : Verdict::drop;
      chain.policy_counter = {.packets = counters.pcnt, .bytes = counters.bcnt};
    }
    for (const Entry* entry = Ip::first_rule(name, handle_); entry;
         entry = Ip::next_rule(entry, handle_)) {
      chain.rules.push_back(read_rule(*entry));
      chain.rules.back().number = static_cast<unsigned>(chain.rules.size());
    }
    return chain;
  }

  Rule read_rule(const Entry& entry) {
    Rule rule;
    const char* target = Ip::target(&entry, handle_);
    rule.target = target_text(target, Ip::is_chain(target, handle_) != 0, Ip::is_goto(entry));
    rule.counter = {.packets = entry.counters.pcnt, .bytes = entry.counters.bcnt};
    rule.as_read.assign(reinterpret_cast<const char*>(&Ip::header(entry)),
                        sizeof Ip::header(entry));
    const auto* start = reinterpret_cast<const uint8_t*>(&entry);
    for (size_t at = sizeof entry; at < entry.target_offset;) {
      const auto* match = reinterpret_cast<const xt_entry_match*>(start + at);
      const std::string_view name = match->u.user.name;
      if (match_tracks(name)) tracks_ = true;
      rule.as_read += part_as_read(*match, match->u.match_size);
      if (name == "comment") rule.comment = comment_of(data_of(match, match->u.match_size));
      at += match->u.match_size;
    }
    const auto* raw = reinterpret_cast<const xt_entry_target*>(start + entry.target_offset);
    if (target_tracks(target, data_of(raw, raw->u.target_size))) tracks_ = true;
    if (auto log = target_log(target, data_of(raw, raw->u.target_size)))
      rule.logs.push_back(std::move(*log));
    // A verdict's data may be the place in the table where a chain begins.
    const bool is_verdict = std::string_view(raw->u.user.name) == XT_STANDARD_TARGET;
    rule.as_read += is_verdict ? rule.target : part_as_read(*raw, raw->u.target_size);
    return rule;
  }

  static std::string comment_of(std::span<const uint8_t> data) {
    const auto* text = reinterpret_cast<const char*>(data.data());
    return std::string(text, strnlen(text, data.size()));
  }

  std::string table_;
  xtc_handle* handle_;
  bool tracks_ = false;
};

template <typename Ip>
bool read_table(const std::string& name, Ruleset& into) {
  struct Freer {
    void operator()(xtc_handle* handle) const { Ip::free(handle); }
  };
  const std::unique_ptr<xtc_handle, Freer> handle(Ip::init(name.c_str()));
  if (!handle)
    throw MachineError(fmt::format("read legacy table '{}' of {}", name, to_string(Ip::kFamily)),
                       iptc_strerror(errno));
  Reader<Ip> reader(name, handle.get());
  into.tables.push_back(reader.read());
  return reader.tracks();
}

}  // namespace

std::vector<std::string> legacy_tables(const nl::Netns& netns, Family family) {
  const nl::NetnsScope scope(netns);
  // Not there where the kernel has no legacy tables at all.
  std::ifstream file(family == Family::ip6 ? "/proc/thread-self/net/ip6_tables_names"
                                           : "/proc/thread-self/net/ip_tables_names");
  std::vector<std::string> names;
  for (std::string name; file >> name;) names.push_back(name);
  // The kernel lists the newest first.
  std::sort(names.begin(), names.end());
  return names;
}

bool read_legacy(const nl::Netns& netns, Family family, const std::vector<std::string>& tables,
                 Ruleset& into) {
  const nl::NetnsScope scope(netns);
  bool tracks = false;
  for (const std::string& name : tables) {
    const bool one =
        family == Family::ip6 ? read_table<Ipv6>(name, into) : read_table<Ipv4>(name, into);
    tracks = tracks || one;
  }
  return tracks;
}

}  // namespace fwproof::observe
