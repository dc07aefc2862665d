#include "parse/headers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/icmp_types.h"
#include "parse/keys.h"

namespace fwproof::parse {
namespace {

constexpr unsigned kMaxLength = 65'000;       // of a payload: what no header pushes over 65535
constexpr unsigned kFragmentUnit = 8;         // bytes, RFC 791
constexpr unsigned kMaxFragmentSize = 1'480;  // what an Ethernet frame carries behind an IP header

struct NamedBits {
  const char* name;
  uint8_t bits;
};

constexpr NamedBits kTcpFlags[] = {{"none", 0},      {"fin", kTcpFin}, {"syn", kTcpSyn},
                                   {"rst", kTcpRst}, {"psh", kTcpPsh}, {"ack", kTcpAck},
                                   {"urg", kTcpUrg}, {"ece", kTcpEce}, {"cwr", kTcpCwr}};

/// The code points that have names (RFC 2474, RFC 2597, RFC 3246), as iptables' DSCP writes them.
constexpr NamedBits kDscp[] = {{"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},
                               {"cs5", 40},  {"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12},
                               {"af13", 14}, {"af21", 18}, {"af22", 20}, {"af23", 22}, {"af31", 26},
                               {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36}, {"af43", 38},
                               {"ef", 46}};

struct NamedOption {
  const char* name;
  IpOption option;
};
constexpr NamedOption kIpOptions[] = {{"rr", IpOption::record_route},
                                      {"ra", IpOption::router_alert},
                                      {"lsrr", IpOption::loose_route},
                                      {"ssrr", IpOption::strict_route},
                                      {"ts", IpOption::timestamp}};

constexpr size_t kMaxIpOptions = 40;  // RFC 791: the header is at most 60 bytes

/// As long as drive/craft.h makes them.
size_t option_bytes(const std::vector<IpOption>& options) {
  size_t bytes = 0;
  for (const IpOption option : options)
    bytes += option == IpOption::router_alert   ? 4
             : option == IpOption::record_route ? 15
             : option == IpOption::timestamp    ? 12
                                                : 7;
  return bytes;
}

template <typename Named, size_t N>
std::vector<std::string> names_of(const Named (&table)[N]) {
  std::vector<std::string> names;
  for (const Named& item : table) names.emplace_back(item.name);
  return names;
}

template <typename Named, size_t N>
const Named* find_name(const Named (&table)[N], const std::string& text) {
  const auto found = std::find_if(std::begin(table), std::end(table),
                                  [&](const Named& item) { return item.name == text; });
  return found == std::end(table) ? nullptr : found;
}

void unknown(Reader& reader, const Yaml& value, std::string_view what,
             const std::vector<std::string>& names) {
  const std::string note = did_you_mean(value.scalar, names);
  reader.mistake(
      value, fmt::format("unknown {} '{}'", what, value.scalar),
      {note, note.empty() ? fmt::format("it is one of: {}", fmt::join(names, ", ")) : ""});
}

/// Reads the header keys of one flow.
class HeaderReader {
 public:
  HeaderReader(Reader& reader, const Yaml& map, const Topology& topology, Flow& flow)
      : reader_(reader), map_(map), topology_(topology), flow_(flow) {}

  void read() {
    number("ttl", flow_.ttl);
    if (flow_.ttl == 0 && !is_v6()) craft();  // ip(7): no socket takes it
    number("tos", flow_.tos);
    read_dscp();
    read_length();
    read_dev();
    read_tcp();
    read_icmp();
    read_ip_options();
    read_fragments();
    read_spoof();
    read_checksum();
    read_mute();
  }

 private:
  Craft& craft() { return flow_.craft ? *flow_.craft : flow_.craft.emplace(); }

  template <typename Number>
  void number(const char* key, std::optional<Number>& into) {
    const Yaml* value = map_.find(key);
    if (!value) return;
    const auto read =
        reader_.number(*value, fmt::format("'{}'", key), 0, std::numeric_limits<Number>::max());
    if (read) into = static_cast<Number>(*read);
  }

  /// The value of a key that only flows of this kind may have.
  const Yaml* find_for(FlowKind kind, const char* key, const char* whose) {
    const Yaml* value = map_.find(key);
    if (!value || flow_.kind == kind) return value;
    reader_.mistake(*value, fmt::format("'{}' is for {} flows", key, whose));
    return nullptr;
  }

  void read_dscp() {
    const Yaml* value = map_.find("dscp");
    if (!value) return;
    if (map_.find("tos"))
      reader_.mistake(*value, "a flow has either 'tos' or 'dscp': they are the same byte");
    const auto text = reader_.text(*value, "'dscp'");
    if (!text) return;
    const NamedBits* named = find_name(kDscp, to_lower(*text));
    const auto plain = parse_unsigned(*text);
    if (named || (plain && *plain < 64)) {
      flow_.tos = static_cast<uint8_t>((named ? named->bits : *plain) << 2);
      return;
    }
    const std::string note = did_you_mean(*text, names_of(kDscp));
    reader_.mistake(*value, fmt::format("unknown code point '{}'", *text),
                    {note, note.empty() ? "it is a name like cs1, af11 or ef, or 0 to 63" : ""});
  }

  void read_length() {
    const Yaml* value = map_.find("length");
    if (!value) return;
    const auto length = reader_.number(*value, "'length'", 0, kMaxLength);
    if (!length) return;
    const std::string once = flow_.payload.empty() ? "." : flow_.payload;
    std::string whole;
    while (whole.size() < *length) whole += once;
    whole.resize(*length);
    flow_.payload = std::move(whole);
  }

  void read_dev() {
    const Yaml* value = map_.find("dev");
    if (value) read_flow_dev(reader_, *value, topology_, flow_);
  }

  void read_tcp() {
    if (const Yaml* value = find_for(FlowKind::tcp, "flags", "tcp")) read_flags(*value);
    for (const char* key : {"seq", "ack", "window"})
      if (find_for(FlowKind::tcp, key, "tcp")) craft();
    if (flow_.kind != FlowKind::tcp) {
      find_for(FlowKind::tcp, "tcp options", "tcp");
      return;
    }
    if (map_.find("seq")) number("seq", craft().seq);
    if (map_.find("ack")) number("ack", craft().ack);
    if (map_.find("window")) number("window", craft().window);
    if (const Yaml* value = map_.find("tcp options")) read_tcp_options(*value);
  }

  void read_flags(const Yaml& value) {
    uint8_t bits = 0;
    const auto items = reader_.one_or_more(value, "'flags'");
    for (const Yaml* item : items) {
      const auto text = reader_.text(*item, "a flag");
      const NamedBits* flag = text ? find_name(kTcpFlags, *text) : nullptr;
      if (text && !flag) unknown(reader_, *item, "flag", names_of(kTcpFlags));
      if (flag && flag->bits == 0 && items.size() > 1)
        reader_.mistake(*item, "'none' stands alone: it means no flag");
      if (flag) bits |= flag->bits;
    }
    if (value.is_list() && value.items.empty())
      reader_.mistake(value, "'flags' names no flag", {"", "write 'none' for a packet without"});
    craft().flags = bits;
  }

  void read_tcp_options(const Yaml& value) {
    if (!reader_.check_map(value, "'tcp options'", keys_of(MapKind::tcp_options))) return;
    TcpOptions& options = craft().tcp_options;
    if (const Yaml* mss = value.find("mss"))
      if (const auto n = reader_.number(*mss, "'mss'", 1, 65535))
        options.mss = static_cast<uint16_t>(*n);
    if (const Yaml* scale = value.find("window scale"))
      if (const auto n = reader_.number(*scale, "'window scale'", 0, 14))
        options.window_scale = static_cast<uint8_t>(*n);
    if (const Yaml* sack = value.find("sack permitted"))
      options.sack_permitted = reader_.boolean(*sack, "'sack permitted'").value_or(false);
    if (const Yaml* timestamp = value.find("timestamp"))
      if (const auto n = reader_.number(*timestamp, "'timestamp'", 0, UINT32_MAX))
        options.timestamp = static_cast<uint32_t>(*n);
  }

  void read_icmp() {
    const Yaml* type = find_for(FlowKind::icmp, "type", "icmp");
    const Yaml* code = find_for(FlowKind::icmp, "code", "icmp");
    const Yaml* mtu = find_for(FlowKind::icmp, "mtu", "icmp");
    const Yaml* about = find_for(FlowKind::icmp, "about", "icmp");
    for (const Yaml* of_type : {code, mtu, about})
      if (of_type && !type) reader_.mistake(*of_type, "this needs the key 'type' beside it");
    if (type) read_type(*type, code);
    if (mtu)
      if (const auto n = reader_.number(*mtu, "'mtu'", 0, 65535))
        craft().mtu = static_cast<uint16_t>(*n);
    if (about)
      if (const auto text = reader_.text(*about, "'about'")) craft().about = *text;
  }

  void read_type(const Yaml& type, const Yaml* code) {
    const auto text = reader_.text(type, "'type'");
    if (!text) return;
    const auto plain = parse_unsigned(*text);
    const auto named = find_icmp_type(flow_.protocol, *text);
    if (plain && *plain <= 255) {
      craft().icmp_type = static_cast<uint8_t>(*plain);
    } else if (named) {
      craft().icmp_type = named->type;
      craft().icmp_code = named->code;
    } else {
      const std::string note = did_you_mean(*text, icmp_types(flow_.protocol));
      reader_.mistake(
          type, fmt::format("unknown type of {} '{}'", protocol_name(flow_.protocol), *text),
          {note,
           note.empty() ? "it is a name like echo-request or time-exceeded, or 0 to 255" : ""});
      return;
    }
    if (!code) return;
    if (const auto n = reader_.number(*code, "'code'", 0, 255))
      craft().icmp_code = static_cast<uint8_t>(*n);
  }

  bool is_v6() const { return flow_.destination.address.is_v6(); }

  void read_ip_options() {
    const Yaml* value = map_.find("options");
    if (!value) return;
    if (is_v6()) {
      reader_.mistake(*value, "'options' are of the IPv4 header: IPv6 has none");
      return;
    }
    for (const Yaml* item : reader_.one_or_more(*value, "'options'")) {
      const auto text = reader_.text(*item, "an option");
      const NamedOption* option = text ? find_name(kIpOptions, *text) : nullptr;
      if (option) craft().ip_options.push_back(option->option);
      if (text && !option) unknown(reader_, *item, "option", names_of(kIpOptions));
    }
    if (option_bytes(craft().ip_options) > kMaxIpOptions)
      reader_.mistake(*value, fmt::format("these options are longer than the {} bytes that an IPv4 "
                                          "header has for them",
                                          kMaxIpOptions));
  }

  std::optional<unsigned> eights(const Yaml& map, const char* key, unsigned most) {
    const Yaml* value = map.find(key);
    if (!value) return std::nullopt;
    const auto n = reader_.number(*value, fmt::format("'{}'", key), kFragmentUnit, most);
    if (n && *n % kFragmentUnit != 0)
      reader_.mistake(*value, fmt::format("'{}' is not a multiple of 8", key),
                      {"", "IP counts the offset of a fragment in units of 8 bytes"});
    return n ? std::optional(static_cast<unsigned>(*n)) : std::nullopt;
  }

  void read_fragments() {
    const Yaml* value = map_.find("fragments");
    if (!value) return;
    if (!reader_.check_map(*value, "'fragments'", keys_of(MapKind::fragments))) return;
    Fragments& fragments = craft().fragments.emplace();
    fragments.size = eights(*value, "size", kMaxFragmentSize).value_or(fragments.size);
    fragments.overlap = eights(*value, "overlap", kMaxFragmentSize).value_or(0);
    if (fragments.overlap >= fragments.size)
      reader_.mistake(*value->find("overlap"), "'overlap' is not less than 'size'");
    if (const Yaml* order = value->find("order")) {
      const auto text = reader_.text(*order, "'order'");
      fragments.reversed = text == "reversed";
      if (text && *text != "reversed" && *text != "forward")
        unknown(reader_, *order, "order", {"forward", "reversed"});
    }
    if (const Yaml* missing = value->find("missing"))
      for (const Yaml* item : reader_.one_or_more(*missing, "'missing'"))
        if (const auto n = reader_.number(*item, "a missing fragment", 1, 8192))
          fragments.missing.push_back(static_cast<unsigned>(*n));
  }

  void read_spoof() {
    const Yaml* value = map_.find("spoof");
    if (!value) return;
    const auto text = reader_.text(*value, "'spoof'");
    const auto address = text ? IpAddress::parse(*text) : std::nullopt;
    if (text && !address) reader_.mistake(*value, fmt::format("'{}' is not an address", *text));
    if (!address) return;
    if (address->is_v6() != is_v6())
      reader_.mistake(*value, fmt::format("'{}' and the destination '{}' are of two families",
                                          *text, flow_.destination.address.to_string()));
    // raw(7): a source of 0 is filled in.
    if (address->to_string() == "0.0.0.0")
      reader_.mistake(*value, "the kernel fills in a source that is 0.0.0.0",
                      {"", "a DHCP client sends it by a packet socket: run one with 'exec'"});
    craft().spoof = address;
  }

  void read_checksum() {
    const Yaml* value = map_.find("checksum");
    if (!value) return;
    const auto text = reader_.text(*value, "'checksum'");
    if (text && *text != "bad") unknown(reader_, *value, "checksum", {"bad"});
    if (text && *text == "bad") craft().bad_checksum = true;
    const bool has_one = flow_.kind != FlowKind::other || has_ports(flow_.protocol) ||
                         flow_.protocol == kProtocolIgmp;
    if (text && !has_one)
      reader_.mistake(*value, protocol_name(flow_.protocol) + " has no checksum to spoil here");
  }

  void read_mute() {
    const Yaml* value = find_for(FlowKind::tcp, "mute", "tcp");
    if (!value) return;
    for (const Yaml* item : reader_.one_or_more(*value, "'mute'"))
      if (reader_.text(*item, "'mute'"))
        if (const Node* node = find_node(reader_, *item, topology_))
          craft().mute.push_back(node->name);
  }

  Reader& reader_;
  const Yaml& map_;
  const Topology& topology_;
  Flow& flow_;
};

}  // namespace

void read_flow_dev(Reader& reader, const Yaml& value, const Topology& topology, Flow& flow) {
  const auto text = reader.text(value, "'dev'");
  const Node* node = topology.find_node(flow.node);
  if (!text || !node) return;
  Words words(reader, value, "'dev'");
  const auto word = words.take_only("a dev");
  if (word && check_device(words, *word, word->text, 0, topology, *node)) flow.dev = *text;
}

void read_headers(Reader& reader, const Yaml& map, const Topology& topology, Flow& flow) {
  HeaderReader(reader, map, topology, flow).read();
}

}  // namespace fwproof::parse
