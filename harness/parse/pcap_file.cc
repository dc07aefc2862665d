#include "parse/pcap_file.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <span>

namespace fwproof::parse {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr size_t kMaxPackets = 10'000;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;

struct Closer {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};

unsigned get16(Bytes bytes, size_t at) {
  return static_cast<unsigned>(bytes[at] << 8 | bytes[at + 1]);
}

/// How many bytes stand before the IP header, by the link's type (tcpdump.org/linktypes.html).
std::optional<size_t> link_header(int link, Bytes frame) {
  constexpr size_t kMacs = 12, kTag = 4, kEtherType = 2;
  switch (link) {
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return 0;
    case DLT_NULL:
    case DLT_LOOP:
      return 4;
    case DLT_LINUX_SLL:
      return 16;
    case DLT_LINUX_SLL2:
      return 20;
    case DLT_EN10MB: {
      size_t at = kMacs;
      while (frame.size() >= at + kTag && get16(frame, at) == 0x8100) at += kTag;
      return at + kEtherType;
    }
    default:
      return std::nullopt;
  }
}

/// The whole length by the IP header, at most what is there; nothing if it is no IP header.
/// An IPv4 length of 0 is left to the network card (TSO).
std::optional<size_t> ip_length(Bytes packet) {
  if (packet.empty()) return std::nullopt;
  const int version = packet[0] >> 4;
  if (version == 4 && packet.size() >= kIpv4Header && (packet[0] & 0xf) >= 5) {
    const size_t length = get16(packet, 2);
    return length == 0 ? packet.size() : length;
  }
  if (version == 6 && packet.size() >= kIpv6Header) return kIpv6Header + get16(packet, 4);
  return std::nullopt;
}

Replayed make_packet(Bytes packet) {
  const bool v6 = packet[0] >> 4 == 6;
  const size_t source = v6 ? 8 : 12;
  const size_t size = v6 ? 16 : 4;
  return {IpAddress::from_bytes(packet.subspan(source, size)),
          IpAddress::from_bytes(packet.subspan(source + size, size)),
          {packet.begin(), packet.end()}};
}

class PcapReader {
 public:
  PcapReader(std::string_view bytes, const std::string& name) : name_(name) {
    if (bytes.empty()) throw BadCapture{fmt::format("'{}' is empty", name), ""};
    // libpcap closes the stream, and does not write to it.
    FILE* stream = fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "rb");
    if (!stream) throw std::bad_alloc();
    char words[PCAP_ERRBUF_SIZE] = "";
    pcap_.reset(pcap_fopen_offline(stream, words));
    if (pcap_) return;
    fclose(stream);
    throw BadCapture{fmt::format("'{}' is not a capture file: {}", name, words), ""};
  }

  void filter(const std::string& text) {
    bpf_program program{};
    if (pcap_compile(pcap_.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      throw BadCapture{fmt::format("'filter': {}", pcap_geterr(pcap_.get())), "", true};
    const int set = pcap_setfilter(pcap_.get(), &program);
    pcap_freecode(&program);
    if (set != 0) throw std::bad_alloc();
  }

  std::vector<Replayed> read() {
    std::vector<Replayed> packets;
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    int got = 0;
    while ((got = pcap_next_ex(pcap_.get(), &header, &bytes)) == 1) {
      if (packets.size() == kMaxPackets)
        throw BadCapture{fmt::format("'{}' has more than {} packets", name_, kMaxPackets),
                         "a filter may choose some"};
      packets.push_back(read_one({bytes, header->caplen}, packets.size() + 1));
    }
    if (got == PCAP_ERROR)
      throw BadCapture{fmt::format("'{}' cannot be read: {}", name_, pcap_geterr(pcap_.get())), ""};
    return packets;
  }

 private:
  Replayed read_one(Bytes frame, size_t number) {
    const int link = pcap_datalink(pcap_.get());
    const auto skipped = link_header(link, frame);
    if (!skipped) {
      const char* type = pcap_datalink_val_to_name(link);
      throw BadCapture{
          fmt::format("'{}' was captured on a link of type {}, which is not known here", name_,
                      type ? type : std::to_string(link)),
          "known are Ethernet, raw IP, loopback and Linux cooked captures"};
    }
    const Bytes packet = frame.subspan(std::min(*skipped, frame.size()));
    const auto length = ip_length(packet);
    if (!length)
      throw BadCapture{fmt::format("packet {} of '{}' is not an IP packet", number, name_),
                       "the filter 'ip or ip6' leaves such out"};
    if (*length > packet.size())
      throw BadCapture{fmt::format("packet {} of '{}' was captured in part: {} of {} bytes", number,
                                   name_, packet.size(), *length),
                       "capture with a longer snapshot, such as tcpdump -s 0"};
    return make_packet(packet.first(*length));
  }

  std::string name_;
  std::unique_ptr<pcap_t, Closer> pcap_;
};

}  // namespace

std::vector<Replayed> read_pcap(std::string_view bytes, const std::string& filter,
                                const std::string& name) {
  PcapReader reader(bytes, name);
  if (!filter.empty()) reader.filter(filter);
  std::vector<Replayed> packets = reader.read();
  if (packets.empty())
    throw BadCapture{filter.empty()
                         ? fmt::format("'{}' has no packet", name)
                         : fmt::format("no packet of '{}' passes the filter '{}'", name, filter),
                     ""};
  return packets;
}

}  // namespace fwproof::parse
