#include <fmt/format.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "base/error.h"
#include "model/trace.h"
#include "observe/nfnetlink.h"
#include "observe/nft_as_read.h"
#include "observe/nft_chain.h"
#include "observe/nft_rule.h"
#include "observe/ruleset_reader.h"
#include "observe/tracking.h"

namespace fwproof::observe {
namespace {

constexpr const char* kAttempt = "read the rules of nf_tables";

struct Freer {
  void operator()(nftnl_table* table) const { nftnl_table_free(table); }
  void operator()(nftnl_chain* chain) const { nftnl_chain_free(chain); }
  void operator()(nftnl_rule* rule) const { nftnl_rule_free(rule); }
};

/// An object of libnftnl filled from one message of a dump.
template <typename Object>
std::unique_ptr<Object, Freer> parse(const nlmsghdr* header, Object* allocated,
                                     int (*parser)(const nlmsghdr*, Object*)) {
  if (!allocated) throw std::bad_alloc();
  std::unique_ptr<Object, Freer> object(allocated);
  if (parser(header, object.get()) < 0)
    throw MachineError(kAttempt, "the kernel uses something that libnftnl does not know",
                       "install a newer libnftnl11");
  return object;
}

nl::Message make_question(int message_type, int flags) {
  nl::Message message = nl::make_message(nfnetlink_type(NFNL_SUBSYS_NFTABLES, message_type), flags);
  nfgenmsg header{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
  nl::check(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO), kAttempt);
  nlmsg_hdr(message.get())->nlmsg_flags |= NLM_F_REQUEST;
  return message;
}

void dump(nl::Socket& socket, int message_type, const std::function<void(nlmsghdr*)>& each) {
  socket.dump(make_question(message_type, NLM_F_DUMP).get(), kAttempt, each);
}

Family to_family(uint32_t nfproto) {
  const auto family = family_from_nfproto(static_cast<int>(nfproto));
  if (!family) throw MachineError(kAttempt, fmt::format("unknown family {}", nfproto));
  return *family;
}

Table* find_table(Ruleset& ruleset, Family family, std::string_view name) {
  return const_cast<Table*>(ruleset.find_table(family, name, false));
}

void add_table(const nlmsghdr* header, Ruleset& ruleset) {
  const auto table = parse(header, nftnl_table_alloc(), nftnl_table_nlmsg_parse);
  const Family family = to_family(nftnl_table_get_u32(table.get(), NFTNL_TABLE_FAMILY));
  const std::string name = nftnl_table_get_str(table.get(), NFTNL_TABLE_NAME);
  if (is_trace_table(family, name)) return;
  const uint64_t handle = nftnl_table_get_u64(table.get(), NFTNL_TABLE_HANDLE);
  ruleset.tables.push_back({.family = family, .name = name, .handle = handle});
}

void add_chain(const nlmsghdr* header, Ruleset& ruleset) {
  const auto chain = parse(header, nftnl_chain_alloc(), nftnl_chain_nlmsg_parse);
  const Family family = to_family(nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY));
  const std::string table = nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE);
  if (Table* in = find_table(ruleset, family, table))
    in->chains.push_back(decode_chain(*chain, family));
}

/// The sets of all tables, which rules speak of.
class Sets {
 public:
  void add(const nlmsghdr* header) {
    const auto message =
        Nfnetlink::parse({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
    const auto attributes = message ? Attributes::parse(message->attributes) : std::nullopt;
    const auto table = attributes ? attributes->text(NFTA_SET_TABLE) : std::nullopt;
    const auto name = attributes ? attributes->text(NFTA_SET_NAME) : std::nullopt;
    if (!table || !name) throw MachineError(kAttempt, "a set could not be understood");
    const uint32_t flags = attributes->u32(NFTA_SET_FLAGS).value_or(0);
    const bool changes = (flags & (NFT_SET_EVAL | NFT_SET_TIMEOUT)) != 0;
    changes_ |= changes;
    by_table_[{message->nfproto, *table}][*name] = {
        .key_bytes = attributes->u32(NFTA_SET_KEY_LEN).value_or(0),
        .changes = changes,
        .handle = attributes->u64(NFTA_SET_HANDLE).value_or(0)};
    // What a set counts or limits for each element may need tracking, as an expression of a rule
    // may.
    plain_ &= !attributes->has(NFTA_SET_EXPR) && !attributes->has(NFTA_SET_EXPRESSIONS);
  }

  const SetShapes& of(uint32_t nfproto, const std::string& table) {
    return by_table_[{nfproto, table}];
  }

  /// True if no set has expressions; elements of their own are not looked at.
  bool plain() const { return plain_; }
  /// True if the elements of some set come or go by themselves.
  bool changes() const { return changes_; }

 private:
  std::map<std::pair<uint32_t, std::string>, SetShapes> by_table_;
  bool plain_ = true;
  bool changes_ = false;
};

/// The chains that rules are of. The kernel tells rules chain by chain.
class ChainsInTurn {
 public:
  explicit ChainsInTurn(Ruleset& ruleset) : ruleset_(ruleset) {}

  /// nullptr for a chain of fwproof's own.
  Chain* of(const nftnl_rule& rule) {
    const Family family = to_family(nftnl_rule_get_u32(&rule, NFTNL_RULE_FAMILY));
    const std::string_view table = nftnl_rule_get_str(&rule, NFTNL_RULE_TABLE);
    const std::string_view chain = nftnl_rule_get_str(&rule, NFTNL_RULE_CHAIN);
    if (chain_ && table_->family == family && table_->name == table && chain_->name == chain)
      return chain_;
    table_ = find_table(ruleset_, family, table);
    chain_ = table_ ? const_cast<Chain*>(table_->find_chain(chain)) : nullptr;
    return chain_;
  }

  /// That of the chain told last.
  const Table* table() const { return table_; }

 private:
  Ruleset& ruleset_;
  Table* table_ = nullptr;  // those of the rule before
  Chain* chain_ = nullptr;
};

ChainHandles handles_of(const Table& table) {
  ChainHandles handles;
  for (const Chain& chain : table.chains) handles.emplace(chain.name, chain.handle);
  return handles;
}

std::string as_read(const nlmsghdr* header, const SetShapes& sets, const ChainHandles& chains) {
  const auto message =
      Nfnetlink::parse({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
  const auto rule = message ? Attributes::parse(message->attributes) : std::nullopt;
  auto bytes = rule ? rule_as_read(*rule, sets, chains) : std::nullopt;
  if (!bytes) throw MachineError(kAttempt, "a rule could not be understood");
  return *std::move(bytes);
}

/// Puts rules into their chains.
class RuleAdder {
 public:
  RuleAdder(Ruleset& ruleset, Sets& sets) : chains_(ruleset), sets_(sets) {}

  void add(const nlmsghdr* header) {
    const auto rule = parse(header, nftnl_rule_alloc(), nftnl_rule_nlmsg_parse);
    Chain* chain = chains_.of(*rule);
    if (!chain) return;
    if (chain != chain_)
      shapes_ = &sets_.of(nftnl_rule_get_u32(rule.get(), NFTNL_RULE_FAMILY),
                          nftnl_rule_get_str(rule.get(), NFTNL_RULE_TABLE));
    chain_ = chain;
    if (chains_.table() != table_) handles_ = handles_of(*chains_.table());
    table_ = chains_.table();
    NftRule decoded = decode_rule(*rule, *shapes_);
    decoded.rule.as_read = as_read(header, *shapes_, handles_);
    decoded.rule.number = static_cast<unsigned>(chain->rules.size() + 1);
    chain->rules.push_back(std::move(decoded.rule));
    tracks_ |= decoded.tracks;
    plain_ &= decoded.plain;
    recalls_ |= decoded.recalls;
  }

  /// True if one of the rules makes the kernel track connections.
  bool tracks() const { return tracks_; }
  /// True if none of them leaves anything behind.
  bool plain() const { return plain_; }
  /// True if one of them does what it does by what passed before.
  bool recalls() const { return recalls_; }

 private:
  ChainsInTurn chains_;
  Sets& sets_;
  const Chain* chain_ = nullptr;  // of the rule before
  const SetShapes* shapes_ = nullptr;
  const Table* table_ = nullptr;
  ChainHandles handles_;
  bool tracks_ = false;
  bool plain_ = true;
  bool recalls_ = false;
};

/// Tells rules anew what they have counted.
class Recounter {
 public:
  explicit Recounter(Ruleset& ruleset) : chains_(ruleset) {}

  void count(const nlmsghdr* header) {
    const auto rule = parse(header, nftnl_rule_alloc(), nftnl_rule_nlmsg_parse);
    Chain* chain = chains_.of(*rule);
    if (!chain) return;
    next_ = chain == chain_ ? next_ + 1 : 0;
    chain_ = chain;
    same_ &= next_ < chain->rules.size() &&
             chain->rules[next_].handle == nftnl_rule_get_u64(rule.get(), NFTNL_RULE_HANDLE);
    if (same_) chain->rules[next_].counter = counter_of(*rule);
  }

  /// False if it was told of another rule than was there.
  bool same() const { return same_; }

 private:
  ChainsInTurn chains_;
  const Chain* chain_ = nullptr;  // of the rule before
  size_t next_ = 0;               // where it stands there
  bool same_ = true;
};

/// Do policies count?
bool any_policy_counts(const Ruleset& ruleset) {
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains)
      if (chain.policy_counter) return true;
  return false;
}

/// Tables of IP alone, and no chain at the ingress of a device.
bool is_of_ip(const Ruleset& ruleset) {
  for (const Table& table : ruleset.tables) {
    if (table.family != Family::ip && table.family != Family::inet) return false;
    for (const Chain& chain : table.chains)
      if (chain.base && chain.base->hook == Hook::ingress) return false;
  }
  return true;
}

bool is_tracking_object(const nlmsghdr* header) {
  const auto message =
      Nfnetlink::parse({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
  const auto attributes = message ? Attributes::parse(message->attributes) : std::nullopt;
  const auto type = attributes ? attributes->u32(NFTA_OBJ_TYPE) : std::nullopt;
  if (!type) throw MachineError(kAttempt, "an object could not be understood");
  return object_tracks(*type);
}

nl::Socket open_socket(const nl::Netns& netns) {
  const nl::NetnsScope scope(netns);
  return nl::Socket(NETLINK_NETFILTER);
}

}  // namespace

NftReader::NftReader(const nl::Netns& netns) : socket_(open_socket(netns)) {}

uint32_t NftReader::generation() {
  std::optional<uint32_t> generation;
  const auto each = [&](nlmsghdr* header) {
    const auto message =
        Nfnetlink::parse({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
    const auto attributes = message ? Attributes::parse(message->attributes) : std::nullopt;
    if (attributes) generation = attributes->u32(NFTA_GEN_ID);
  };
  const int error_number =
      socket_.ask(make_question(NFT_MSG_GETGEN, NLM_F_ACK).get(), kAttempt, each);
  if (error_number != 0) throw MachineError::from_errno(kAttempt, error_number);
  if (!generation) throw MachineError(kAttempt, "the kernel does not tell their generation");
  return *generation;
}

Ruleset NftReader::read() {
  Ruleset ruleset;
  tracks_ = false;
  plain_ = true;
  recalls_ = false;
  dump(socket_, NFT_MSG_GETTABLE, [&](nlmsghdr* header) { add_table(header, ruleset); });
  if (ruleset.tables.empty()) return ruleset;
  dump(socket_, NFT_MSG_GETCHAIN, [&](nlmsghdr* header) { add_chain(header, ruleset); });
  Sets sets;
  dump(socket_, NFT_MSG_GETSET, [&](nlmsghdr* header) { sets.add(header); });
  RuleAdder rules(ruleset, sets);
  dump(socket_, NFT_MSG_GETRULE, [&](nlmsghdr* header) { rules.add(header); });
  tracks_ = rules.tracks();
  recalls_ = rules.recalls() || sets.changes();
  plain_ = rules.plain() && sets.plain() && is_of_ip(ruleset);
  dump(socket_, NFT_MSG_GETOBJ, [&](nlmsghdr* header) {
    if (is_tracking_object(header)) tracks_ = true;
    plain_ = false;
  });
  dump(socket_, NFT_MSG_GETFLOWTABLE, [&](nlmsghdr*) { plain_ = false; });
  return ruleset;
}

bool NftReader::count(Ruleset& rules, uint32_t generation) {
  if (any_policy_counts(rules)) {
    Ruleset now;
    for (const Table& table : rules.tables)
      now.tables.push_back({.family = table.family, .name = table.name, .legacy = table.legacy});
    dump(socket_, NFT_MSG_GETCHAIN, [&](nlmsghdr* header) { add_chain(header, now); });
    for (size_t i = 0; i < rules.tables.size(); ++i)
      for (Chain& chain : rules.tables[i].chains)
        if (chain.policy_counter)
          if (const Chain* same = now.tables[i].find_chain(chain.name))
            chain.policy_counter = same->policy_counter;
  }
  Recounter counters(rules);
  dump(socket_, NFT_MSG_GETRULE, [&](nlmsghdr* header) { counters.count(header); });
  return counters.same() && this->generation() == generation;
}

void NftReader::flush() {
  constexpr const char* kFlush = "delete the rules of nf_tables";
  alignas(nlmsghdr) std::array<char, 128> bytes{};
  size_t size = 0;
  const auto take = [&](const nlmsghdr* header) { size += NLMSG_ALIGN(header->nlmsg_len); };
  take(nftnl_batch_begin(bytes.data(), 1));
  // Naming no table it means all (nf_tables_deltable() in net/netfilter/nf_tables_api.c).
  take(nftnl_nlmsg_build_hdr(bytes.data() + size, NFT_MSG_DELTABLE, AF_UNSPEC, NLM_F_ACK, 2));
  take(nftnl_batch_end(bytes.data() + size, 3));
  if (send(socket_.fd(), bytes.data(), size, 0) < 0) throw MachineError::from_errno(kFlush, errno);
  if (const int error = nl_wait_for_ack(socket_.get()); error < 0)
    throw MachineError(kFlush, nl_geterror(error));
}

}  // namespace fwproof::observe
