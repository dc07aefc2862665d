#include "observe/nft_rule.h"

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "observe/log_target.h"
#include "observe/plain.h"
#include "observe/tracking.h"

namespace fwproof::observe {
namespace {

std::string text_of(const nftnl_expr* expression, uint16_t attribute) {
  const char* text = nftnl_expr_get_str(expression, attribute);
  return text ? text : "";
}

std::span<const uint8_t> data_of(const nftnl_expr* expression, uint16_t attribute) {
  uint32_t length = 0;
  const auto* data = static_cast<const uint8_t*>(nftnl_expr_get(expression, attribute, &length));
  return data ? std::span(data, length) : std::span<const uint8_t>();
}

std::string verdict_text(const nftnl_expr* immediate) {
  if (!nftnl_expr_is_set(immediate, NFTNL_EXPR_IMM_VERDICT)) return "";
  const uint32_t verdict = nftnl_expr_get_u32(immediate, NFTNL_EXPR_IMM_VERDICT);
  switch (static_cast<int32_t>(verdict)) {
    case NF_ACCEPT:
      return "accept";
    case NF_DROP:
      return "drop";
    case NFT_CONTINUE:
      return "continue";
    case NFT_RETURN:
      return "return";
    case NFT_JUMP:
      return "jump " + text_of(immediate, NFTNL_EXPR_IMM_CHAIN);
    case NFT_GOTO:
      return "goto " + text_of(immediate, NFTNL_EXPR_IMM_CHAIN);
    default:
      return "queue";
  }
}

/// What nft(8) calls the statement an expression stands for; empty for what only looks at packets.
std::string target_of(const nftnl_expr* expression, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kStatements{{
      {"masq", "masquerade"},
      {"redir", "redirect"},
      {"reject", "reject"},
      {"log", "log"},
      {"queue", "queue"},
      {"notrack", "notrack"},
      {"tproxy", "tproxy"},
      {"synproxy", "synproxy"},
      {"dup", "dup"},
      {"fwd", "fwd"},
  }};
  if (name == "immediate") return verdict_text(expression);
  if (name == "target") return text_of(expression, NFTNL_EXPR_TG_NAME);
  if (name == "nat")
    return nftnl_expr_get_u32(expression, NFTNL_EXPR_NAT_TYPE) == NFT_NAT_SNAT ? "snat" : "dnat";
  if (name == "lookup") {
    const bool gives_verdict =
        nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_DREG) &&
        nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT;
    return gives_verdict ? "vmap" : "";
  }
  for (const auto& [expression_name, statement] : kStatements)
    if (expression_name == name) return std::string(statement);
  return "";
}

bool tracks(const nftnl_expr* expression, std::string_view name) {
  if (name == "match") return match_tracks(text_of(expression, NFTNL_EXPR_MT_NAME));
  if (name == "target")
    return target_tracks(text_of(expression, NFTNL_EXPR_TG_NAME),
                         data_of(expression, NFTNL_EXPR_TG_INFO));
  return expression_tracks(name);
}

bool is_plain(const nftnl_expr* expression, std::string_view name) {
  if (name == "match") return match_is_plain(text_of(expression, NFTNL_EXPR_MT_NAME));
  if (name == "target") return target_is_plain(text_of(expression, NFTNL_EXPR_TG_NAME));
  if (name == "ct") return ct_key_is_plain(nftnl_expr_get_u32(expression, NFTNL_EXPR_CT_KEY));
  return expression_is_plain(name);
}

/// Of what is plain, that which counts more than a counter does.
bool recalls(const nftnl_expr* expression, std::string_view name) {
  return name == "limit" || (name == "match" && text_of(expression, NFTNL_EXPR_MT_NAME) == "limit");
}

/// The comment that nft and iptables-nft keep in the rule's user data.
std::string comment_in_userdata(const nftnl_rule& rule) {
  if (!nftnl_rule_is_set(&rule, NFTNL_RULE_USERDATA)) return "";
  uint32_t length = 0;
  const void* data = nftnl_rule_get_data(&rule, NFTNL_RULE_USERDATA, &length);
  std::string comment;
  const auto each = [](const nftnl_udata* item, void* result) {
    if (nftnl_udata_type(item) == NFTNL_UDATA_RULE_COMMENT) {
      const auto* text = static_cast<const char*>(nftnl_udata_get(item));
      static_cast<std::string*>(result)->assign(text, strnlen(text, nftnl_udata_len(item)));
    }
    return 0;
  };
  // Fails on user data that other programs keep in a form of their own: it holds no comment.
  if (nftnl_udata_parse(data, length, each, &comment) < 0) return "";
  return comment;
}

/// True for what is only done: nothing in it can make the rule not match.
bool always_goes_on(const nftnl_expr* expression, std::string_view name) {
  static constexpr std::array<std::string_view, 9> kActions{
      "immediate", "counter", "log", "target", "reject", "nat", "masq", "redir", "notrack"};
  if (name == "meta") return nftnl_expr_is_set(expression, NFTNL_EXPR_META_SREG);
  if (name == "ct") return nftnl_expr_is_set(expression, NFTNL_EXPR_CT_SREG);
  return std::find(kActions.begin(), kActions.end(), name) != kActions.end();
}

/// What the expression logs: it is nft's log, whatever the group, or a target that logs.
std::optional<RuleLog> log_of(const nftnl_expr* expression, std::string_view name) {
  if (name == "log") return RuleLog{text_of(expression, NFTNL_EXPR_LOG_PREFIX)};
  if (name == "target")
    return target_log(text_of(expression, NFTNL_EXPR_TG_NAME),
                      data_of(expression, NFTNL_EXPR_TG_INFO));
  return std::nullopt;
}

Counter count_of(const nftnl_expr* expression) {
  return {.packets = nftnl_expr_get_u64(expression, NFTNL_EXPR_CTR_PACKETS),
          .bytes = nftnl_expr_get_u64(expression, NFTNL_EXPR_CTR_BYTES)};
}

/// `meta nftrace set 0`: what does not write a 1, as far as the expression `before` tells.
bool untraces(const nftnl_expr* expression, const nftnl_expr* before) {
  if (text_of(expression, NFTNL_EXPR_NAME) != "meta" ||
      !nftnl_expr_is_set(expression, NFTNL_EXPR_META_SREG) ||
      nftnl_expr_get_u32(expression, NFTNL_EXPR_META_KEY) != NFT_META_NFTRACE)
    return false;
  if (!before || text_of(before, NFTNL_EXPR_NAME) != "immediate") return true;
  const auto value = data_of(before, NFTNL_EXPR_IMM_DATA);
  return value.empty() || value[0] != 1;
}

struct IterFreer {
  void operator()(nftnl_expr_iter* iter) const { nftnl_expr_iter_destroy(iter); }
};
using Expressions = std::unique_ptr<nftnl_expr_iter, IterFreer>;

void add_expression(const nftnl_expr* expression, NftRule& result) {
  const std::string name = text_of(expression, NFTNL_EXPR_NAME);
  Rule& rule = result.rule;
  if (!always_goes_on(expression, name))
    for (RuleLog& log : rule.logs) log.before_match = true;
  if (auto log = log_of(expression, name)) rule.logs.push_back(std::move(*log));
  if (tracks(expression, name)) result.tracks = true;
  if (!is_plain(expression, name)) result.plain = false;
  if (recalls(expression, name)) result.recalls = true;
  if (name == "payload" && nftnl_expr_is_set(expression, NFTNL_EXPR_PAYLOAD_SREG))
    rule.rewrites = true;
  if (const auto target = target_of(expression, name); !target.empty()) rule.target = target;
  if (name == "counter" && !rule.counter) rule.counter = count_of(expression);
  if (name == "match" && text_of(expression, NFTNL_EXPR_MT_NAME) == "comment") {
    const auto data = data_of(expression, NFTNL_EXPR_MT_INFO);
    const auto* text = reinterpret_cast<const char*>(data.data());
    rule.comment.assign(text, strnlen(text, data.size()));
  }
}

}  // namespace

std::optional<Counter> counter_of(const nftnl_rule& rule) {
  const Expressions iter(nftnl_expr_iter_create(&rule));
  while (const nftnl_expr* expression = nftnl_expr_iter_next(iter.get()))
    if (text_of(expression, NFTNL_EXPR_NAME) == "counter") return count_of(expression);
  return std::nullopt;
}

NftRule decode_rule(const nftnl_rule& rule, const SetShapes& sets) {
  NftRule result;
  LookupReader lookups(sets);
  result.rule.handle = nftnl_rule_get_u64(&rule, NFTNL_RULE_HANDLE);
  result.rule.comment = comment_in_userdata(rule);
  const Expressions iter(nftnl_expr_iter_create(&rule));
  const nftnl_expr* before = nullptr;
  while (const nftnl_expr* expression = nftnl_expr_iter_next(iter.get())) {
    add_expression(expression, result);
    if (untraces(expression, before)) result.rule.untraces = true;
    before = expression;
    lookups.take(expression, text_of(expression, NFTNL_EXPR_NAME));
    // An expression may hold others: `add @set { ip saddr ct count over 2 }`.
    if (text_of(expression, NFTNL_EXPR_NAME) != "dynset") continue;
    const auto each = [](nftnl_expr* inner, void* found) {
      if (expression_tracks(text_of(inner, NFTNL_EXPR_NAME))) *static_cast<bool*>(found) = true;
      return 0;
    };
    nftnl_expr_expr_foreach(expression, each, &result.tracks);
  }
  result.rule.lookups = lookups.lookups();
  return result;
}

}  // namespace fwproof::observe
