#include <fmt/format.h>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>

#include "base/error.h"
#include "model/trace.h"
#include "observe/nfnetlink.h"
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

void dump(nl::Socket& socket, int message_type, const std::function<void(nlmsghdr*)>& each) {
  const nl::Message message =
      nl::make_message(nfnetlink_type(NFNL_SUBSYS_NFTABLES, message_type), NLM_F_DUMP);
  nfgenmsg header{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
  nl::check(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO), kAttempt);
  nlmsg_hdr(message.get())->nlmsg_flags |= NLM_F_REQUEST;
  socket.dump(message.get(), kAttempt, each);
}

Family to_family(uint32_t nfproto) {
  const auto family = family_from_nfproto(static_cast<int>(nfproto));
  if (!family) throw MachineError(kAttempt, fmt::format("unknown family {}", nfproto));
  return *family;
}

bool is_own(Family family, std::string_view table) {
  return (family == Family::inet || family == Family::bridge) && table == kTraceTable;
}

Table* find_table(Ruleset& ruleset, Family family, std::string_view name) {
  const auto found =
      std::find_if(ruleset.tables.begin(), ruleset.tables.end(),
                   [&](const Table& t) { return t.family == family && t.name == name; });
  return found == ruleset.tables.end() ? nullptr : &*found;
}

Chain* find_chain(Ruleset& ruleset, Family family, std::string_view table, std::string_view name) {
  Table* in = find_table(ruleset, family, table);
  return in ? const_cast<Chain*>(in->find_chain(name)) : nullptr;
}

void add_table(const nlmsghdr* header, Ruleset& ruleset) {
  const auto table = parse(header, nftnl_table_alloc(), nftnl_table_nlmsg_parse);
  const Family family = to_family(nftnl_table_get_u32(table.get(), NFTNL_TABLE_FAMILY));
  const std::string name = nftnl_table_get_str(table.get(), NFTNL_TABLE_NAME);
  if (!is_own(family, name)) ruleset.tables.push_back({.family = family, .name = name});
}

void add_chain(const nlmsghdr* header, Ruleset& ruleset) {
  const auto chain = parse(header, nftnl_chain_alloc(), nftnl_chain_nlmsg_parse);
  const Family family = to_family(nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY));
  const std::string table = nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE);
  if (Table* in = find_table(ruleset, family, table))
    in->chains.push_back(decode_chain(*chain, family));
}

/// Returns true if the rule makes the kernel track connections.
bool add_rule(const nlmsghdr* header, Ruleset& ruleset) {
  const auto rule = parse(header, nftnl_rule_alloc(), nftnl_rule_nlmsg_parse);
  const Family family = to_family(nftnl_rule_get_u32(rule.get(), NFTNL_RULE_FAMILY));
  Chain* chain = find_chain(ruleset, family, nftnl_rule_get_str(rule.get(), NFTNL_RULE_TABLE),
                            nftnl_rule_get_str(rule.get(), NFTNL_RULE_CHAIN));
  if (!chain) return false;
  NftRule decoded = decode_rule(*rule);
  decoded.rule.number = static_cast<unsigned>(chain->rules.size() + 1);
  chain->rules.push_back(std::move(decoded.rule));
  return decoded.tracks;
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

Ruleset NftReader::read() {
  Ruleset ruleset;
  tracks_ = false;
  dump(socket_, NFT_MSG_GETTABLE, [&](nlmsghdr* header) { add_table(header, ruleset); });
  if (ruleset.tables.empty()) return ruleset;
  dump(socket_, NFT_MSG_GETCHAIN, [&](nlmsghdr* header) { add_chain(header, ruleset); });
  dump(socket_, NFT_MSG_GETRULE, [&](nlmsghdr* header) {
    if (add_rule(header, ruleset)) tracks_ = true;
  });
  dump(socket_, NFT_MSG_GETOBJ, [&](nlmsghdr* header) {
    if (is_tracking_object(header)) tracks_ = true;
  });
  return ruleset;
}

}  // namespace fwproof::observe
