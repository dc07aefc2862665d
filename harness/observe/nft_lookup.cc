#include "observe/nft_lookup.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>

namespace fwproof::observe {
namespace {

/// Registers are four of 16 bytes, or the same memory as sixteen of 4 (nft_parse_register() in
/// net/netfilter/nf_tables_api.c).
uint32_t place_of(uint32_t reg) {
  return reg >= NFT_REG32_00 ? reg - NFT_REG32_00 : (reg - NFT_REG_1) * 4;
}
uint32_t places_in(uint32_t bytes) { return (bytes + 3) / 4; }

struct PayloadPart {
  uint32_t base;
  uint32_t offset;
  uint32_t bytes;
  KeyPart part;
};
// IPv4's and IPv6's headers have these fields at places of their own (RFC 791, RFC 8200).
constexpr std::array<PayloadPart, 9> kPayloadParts{{
    {NFT_PAYLOAD_NETWORK_HEADER, 12, 4, KeyPart::source},
    {NFT_PAYLOAD_NETWORK_HEADER, 16, 4, KeyPart::destination},
    {NFT_PAYLOAD_NETWORK_HEADER, 8, 16, KeyPart::source},
    {NFT_PAYLOAD_NETWORK_HEADER, 24, 16, KeyPart::destination},
    {NFT_PAYLOAD_NETWORK_HEADER, 9, 1, KeyPart::protocol},
    {NFT_PAYLOAD_NETWORK_HEADER, 6, 1, KeyPart::protocol},
    {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, KeyPart::source_port},
    {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, KeyPart::destination_port},
    {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, KeyPart::icmp_type},
}};

const KeyPart* payload_part(const nftnl_expr* load) {
  const uint32_t base = nftnl_expr_get_u32(load, NFTNL_EXPR_PAYLOAD_BASE);
  const uint32_t offset = nftnl_expr_get_u32(load, NFTNL_EXPR_PAYLOAD_OFFSET);
  const uint32_t bytes = nftnl_expr_get_u32(load, NFTNL_EXPR_PAYLOAD_LEN);
  for (const PayloadPart& known : kPayloadParts)
    if (known.base == base && known.offset == offset && known.bytes == bytes) return &known.part;
  return nullptr;
}

struct MetaPart {
  uint32_t key;
  uint32_t bytes;
  KeyPart part;
};
constexpr std::array<MetaPart, 5> kMetaParts{{
    {NFT_META_L4PROTO, 1, KeyPart::protocol},
    {NFT_META_IIFNAME, 16, KeyPart::in_dev},
    {NFT_META_OIFNAME, 16, KeyPart::out_dev},
    {NFT_META_IIF, 4, KeyPart::in_dev},
    {NFT_META_OIF, 4, KeyPart::out_dev},
}};
constexpr KeyPart kCtState = KeyPart::ct_state;

}  // namespace

void LookupReader::take(const nftnl_expr* expression, std::string_view name) {
  if (name == "payload" && nftnl_expr_is_set(expression, NFTNL_EXPR_PAYLOAD_DREG)) {
    note_load(nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_DREG),
              nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_LEN), payload_part(expression));
  } else if (name == "meta" && nftnl_expr_is_set(expression, NFTNL_EXPR_META_DREG)) {
    const uint32_t key = nftnl_expr_get_u32(expression, NFTNL_EXPR_META_KEY);
    const auto known = std::find_if(kMetaParts.begin(), kMetaParts.end(),
                                    [&](const MetaPart& part) { return part.key == key; });
    const bool is_known = known != kMetaParts.end();
    // Of the others none is longer than an interface's name.
    note_load(nftnl_expr_get_u32(expression, NFTNL_EXPR_META_DREG), is_known ? known->bytes : 16,
              is_known ? &known->part : nullptr);
  } else if (name == "ct" && nftnl_expr_is_set(expression, NFTNL_EXPR_CT_DREG) &&
             nftnl_expr_get_u32(expression, NFTNL_EXPR_CT_KEY) == NFT_CT_STATE) {
    note_load(nftnl_expr_get_u32(expression, NFTNL_EXPR_CT_DREG), 4, &kCtState);
  } else if (name == "lookup") {
    take_lookup(expression);
  } else if (name != "cmp") {
    loads_.clear();  // it may have changed what was loaded
  }
}

void LookupReader::note_load(uint32_t reg, uint32_t bytes, const KeyPart* part) {
  const uint32_t place = place_of(reg);
  std::erase_if(loads_, [&](const auto& other) {
    return other.first < place + places_in(bytes) &&
           place < other.first + places_in(other.second.bytes);
  });
  if (part) loads_[place] = {*part, bytes};
}

void LookupReader::take_lookup(const nftnl_expr* expression) {
  const bool inverted = nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_FLAGS) &&
                        nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_FLAGS) != 0;
  const char* name = nftnl_expr_get_str(expression, NFTNL_EXPR_LOOKUP_SET);
  if (!inverted && name) {
    SetLookup lookup{.set = name, .key = {}};
    if (const auto set = sets_->find(name); set != sets_->end() && !set->second.changes)
      lookup.key = key_at(place_of(nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_SREG)),
                          set->second.key_bytes);
    lookups_.push_back(std::move(lookup));
  }
  if (nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_DREG)) loads_.clear();
}

/// The parts of a key begin at multiples of 4 bytes, where it has several. Empty if one is not
/// known.
std::vector<KeyPart> LookupReader::key_at(uint32_t place, uint32_t bytes) const {
  std::vector<KeyPart> key;
  uint32_t taken = 0;
  while (taken < bytes) {
    const auto load = loads_.find(place);
    if (load == loads_.end()) return {};
    key.push_back(load->second.part);
    if (taken == 0 && load->second.bytes == bytes) return key;
    place += places_in(load->second.bytes);
    taken += 4 * places_in(load->second.bytes);
  }
  if (taken != bytes) key.clear();
  return key;
}

}  // namespace fwproof::observe
