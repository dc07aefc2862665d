#include "observe/nft_as_read.h"

#include <fmt/format.h>
#include <linux/netfilter/nf_tables.h>
#include <netlink/attr.h>

#include <span>
#include <string_view>

namespace fwproof::observe {
namespace {

void add_bytes(std::string& to, std::span<const uint8_t> bytes) {
  to += fmt::format("{}:", bytes.size());
  to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string handle_text(uint64_t handle) { return fmt::format(" {};", handle); }

/// The name of the set that an expression looks into; empty if it looks into none.
std::string set_of(std::string_view name, const Attributes& data) {
  if (name == "lookup") return data.text(NFTA_LOOKUP_SET).value_or("");
  if (name == "objref") return data.text(NFTA_OBJREF_SET_NAME).value_or("");
  return "";
}

/// A verdict that leads to a chain; nothing for any other expression.
std::optional<std::string> way_as_read(const Attributes& immediate, const ChainHandles& chains) {
  const auto value = immediate.nest(NFTA_IMMEDIATE_DATA);
  const auto verdict = value ? value->nest(NFTA_DATA_VERDICT) : std::nullopt;
  const auto chain = verdict ? verdict->text(NFTA_VERDICT_CHAIN) : std::nullopt;
  const auto handle = chain ? chains.find(*chain) : chains.end();
  if (handle == chains.end()) return std::nullopt;
  return fmt::format("{}{}", verdict->u32(NFTA_VERDICT_CODE).value_or(0),
                     handle_text(handle->second));
}

std::string quota_as_read(const Attributes& quota) {
  return fmt::format("{} {};", quota.u64(NFTA_QUOTA_BYTES).value_or(0),
                     quota.u32(NFTA_QUOTA_FLAGS).value_or(0) & NFT_QUOTA_F_INV);
}

bool add_expression(std::string& to, const Attributes& expression, const SetShapes& sets,
                    const ChainHandles& chains) {
  const auto name = expression.text(NFTA_EXPR_NAME);
  if (!name) return false;
  to += *name + ' ';
  if (*name == "counter" || *name == "last") return true;
  const auto bytes = expression.bytes(NFTA_EXPR_DATA);
  const auto data = Attributes::parse(bytes);
  if (!data) return false;
  const auto way = *name == "immediate" ? way_as_read(*data, chains) : std::nullopt;
  if (way)
    to += *way;
  else if (*name == "quota")
    to += quota_as_read(*data);
  else
    add_bytes(to, bytes);
  if (const auto set = sets.find(set_of(*name, *data)); set != sets.end())
    to += handle_text(set->second.handle);
  return true;
}

}  // namespace

std::optional<std::string> rule_as_read(const Attributes& rule, const SetShapes& sets,
                                        const ChainHandles& chains) {
  std::string result;
  add_bytes(result, rule.bytes(NFTA_RULE_USERDATA));
  const auto expressions = rule.bytes(NFTA_RULE_EXPRESSIONS);
  const auto* element = reinterpret_cast<const nlattr*>(expressions.data());
  int left = static_cast<int>(expressions.size());
  for (; nla_ok(element, left); element = nla_next(element, &left)) {
    const auto expression = Attributes::parse(
        {static_cast<const uint8_t*>(nla_data(element)), static_cast<size_t>(nla_len(element))});
    if (!expression || !add_expression(result, *expression, sets, chains)) return std::nullopt;
  }
  return result;
}

}  // namespace fwproof::observe
