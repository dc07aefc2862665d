// Rules, in two forms that fit together: as the user wrote them (text, file, line) and as the
// kernel holds them (handles, policies, counters). annotate() joins the two.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/location.h"
#include "model/netfilter.h"

namespace fwproof {

struct Counter {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool operator==(const Counter&) const = default;
};

/// That a rule logs: the targets LOG and NFLOG, those of ebtables, nft's log.
struct RuleLog {
  std::string prefix;
  /// nft: the rule looks at the packet after it has logged. Then no trace tells whether it logged.
  bool before_match = false;
  bool operator==(const RuleLog&) const = default;
};

/// A part of the key that a rule of nf_tables looks up in a set.
enum class KeyPart {
  source,
  destination,
  source_port,
  destination_port,
  protocol,
  icmp_type,
  in_dev,
  out_dev,
  ct_state
};

/// A look into a set or map of nf_tables, which a rule that matched has found its key in. Those
/// that are written in the rule itself have names such as "__set0".
struct SetLookup {
  std::string set;
  std::vector<KeyPart> key;  // empty: what the set holds cannot be asked for later
};

struct Rule {
  unsigned number = 0;  // position in its chain, from 1, as `iptables -L --line-numbers` counts
  uint64_t handle = 0;  // nf_tables only; 0 where there is none
  std::string text;     // as written: "-A INPUT -p tcp -j ACCEPT", "tcp dport 22 accept"
  std::string
      target;  // what it does, as written: "ACCEPT", "DNAT", "jump DOCKER", "drop"; may be empty
  std::string comment;  // -m comment --comment, or nft's comment
  Location at;          // line 0: not known
  int last_line = 0;    // a rule may span lines; the same as at.line for most
  std::optional<Counter> counter;
  std::vector<RuleLog> logs;       // as the kernel holds it; nothing for a rule of a file
  std::vector<SetLookup> lookups;  // nf_tables, as the kernel holds it
  bool rewrites = false;           // nf_tables: it writes into the packet's headers
  bool untraces = false;           // nf_tables: it has the kernel no longer trace the packet
  /// All that the kernel tells of what it does, in bytes that mean nothing else, without what it
  /// counts: the same for the same rule, another for any other. Empty for a rule of a file.
  std::string as_read;
  bool unclear = false;  // legacy: whether it is one that was there before cannot be told
};

/// Where a base chain is attached.
struct BaseChain {
  Hook hook = Hook::prerouting;
  int priority = 0;
  std::string type;  // filter, nat, route
};

struct Chain {
  std::string name;
  uint64_t handle = 0;  // nf_tables: stays when the chain is renamed; 0 where there is none
  std::optional<BaseChain> base;
  Verdict policy = Verdict::none;  // accept or drop on a base chain
  std::optional<Counter> policy_counter;
  std::vector<Rule> rules;
  Location policy_at;  // the line that sets the policy, if any
};

struct Table {
  Family family = Family::ip;
  std::string name;
  bool legacy = false;
  uint64_t handle = 0;  // nf_tables: no other table of the namespace ever has the same
  std::vector<Chain> chains;

  const Chain* find_chain(std::string_view name) const;
};

struct Ruleset {
  std::vector<Table> tables;

  const Table* find_table(Family family, std::string_view name, bool legacy) const;
  const Rule* find_rule(Family family, std::string_view table, std::string_view chain,
                        uint64_t handle) const;
};

/// True if the legacy tables of the two hold the same rules in the same places, with the same
/// words. (A legacy rule has only its number, which means nothing once the rules have changed.)
bool same_legacy_rules(const Ruleset& a, const Ruleset& b);

/// Takes off the counters of `now` what they had in `before`, so that they tell what was counted
/// since. Both must be of one generation: the same rules in the same order.
void count_from(const Ruleset& before, Ruleset& now);

/// One file of rules, read and looked through but not yet loaded.
struct RulesFile {
  enum class Kind { iptables_save, nft, ipset, script };
  Kind kind = Kind::iptables_save;
  /// iptables_save: whose rules they are, iptables' (ip), ip6tables', ebtables' (bridge) or
  /// arptables' (arp).
  Family family = Family::ip;
  std::string path;  // as diagnostics show it
  std::string text;
  std::vector<std::string> arguments;  // of a script
  Ruleset written;  // what the file holds, as far as a light scan can tell; nothing of a script
};

/// What each node loads, in its order.
struct NodeRules {
  std::string node;
  std::vector<RulesFile> files;
};

/// Gives the rules of `kernel` text, comment, target and place. Those that were there `before` keep
/// what they had; the new ones of a chain take those of their twins in `written`, in the order
/// these were loaded. Where new rules and written ones differ in number, verdict or comment they
/// are left as the kernel told them: better no line than a wrong one.
///
/// A rule was there before if the kernel tells the same of it (Rule::as_read). A handle alone does
/// not say so: `nft replace rule` gives it to another rule. Legacy rules have none: there the first
/// of those that do the same is the first of them before, if they are as many; and of a table that
/// is in `written` none was there before, for loading a table empties it.
void annotate(Ruleset& kernel, const Ruleset& before, const std::vector<const Ruleset*>& written);

}  // namespace fwproof
