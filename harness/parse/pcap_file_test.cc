#include "parse/pcap_file.h"

#include <gtest/gtest.h>

#include "parse/test_pcap.h"

namespace fwproof::parse {
namespace {

std::string message_of(const std::string& file, const std::string& filter = "") {
  try {
    read_pcap(file, filter, "a.pcap");
  } catch (const BadCapture& bad) {
    return bad.message + (bad.hint.empty() ? "" : "; " + bad.hint);
  }
  return "";
}

TEST(PcapFile, GivesThePacketsFromTheirIpHeaderOn) {
  const std::string padded = in_ethernet(udp_packet()) + std::string(18, '\0');
  const auto packets = read_pcap(pcap_of(kEthernet, {padded}), "", "a.pcap");
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].source.to_string(), "10.0.1.2");
  EXPECT_EQ(packets[0].destination.to_string(), "10.0.0.5");
  EXPECT_EQ(std::string(packets[0].bytes.begin(), packets[0].bytes.end()), udp_packet());
}

TEST(PcapFile, ReadsRawIpAndFramesWithVlanTags) {
  const std::string tagged = in_ethernet(from_hex("0064 0800") + udp_packet(), "8100");
  EXPECT_EQ(read_pcap(pcap_of(kRawIp, {udp_packet(), udp_packet()}), "", "a.pcap").size(), 2u);
  EXPECT_EQ(read_pcap(pcap_of(kEthernet, {tagged}), "", "a.pcap").size(), 1u);
}

TEST(PcapFile, ReadsIpv6) {
  const std::string packet = from_hex(
      "60000000 0008 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
      "04d20035 00080000");
  const auto packets = read_pcap(pcap_of(kEthernet, {in_ethernet(packet, "86dd")}), "", "a.pcap");
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].destination.to_string(), "2001:db8::2");
}

TEST(PcapFile, LeavesOutWhatTheFilterDoes) {
  const std::string arp = in_ethernet(from_hex("0001080006040001"), "0806");
  const std::string file = pcap_of(kEthernet, {arp, in_ethernet(udp_packet())});
  EXPECT_EQ(read_pcap(file, "ip", "a.pcap").size(), 1u);
  EXPECT_EQ(message_of(file),
            "packet 1 of 'a.pcap' is not an IP packet; the filter 'ip or ip6' leaves such out");
  EXPECT_EQ(message_of(file, "tcp"), "no packet of 'a.pcap' passes the filter 'tcp'");
}

TEST(PcapFile, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(message_of(""), "'a.pcap' is empty");
  EXPECT_EQ(message_of("nodes: {}, and more than the first twenty-four bytes"),
            "'a.pcap' is not a capture file: unknown file format");
  EXPECT_EQ(message_of(pcap_of(kEthernet, {})), "'a.pcap' has no packet");
  EXPECT_EQ(message_of(pcap_of(kEthernet, {in_ethernet(udp_packet())}, 40)),
            "packet 1 of 'a.pcap' was captured in part: 26 of 28 bytes; capture with a longer "
            "snapshot, such as tcpdump -s 0");
  EXPECT_EQ(
      message_of(pcap_of(105, {udp_packet()})),
      "'a.pcap' was captured on a link of type IEEE802_11, which is not known here; known are "
      "Ethernet, raw IP, loopback and Linux cooked captures");
  const std::string whole = pcap_of(kRawIp, {udp_packet()});
  EXPECT_EQ(message_of(whole.substr(0, whole.size() - 4)),
            "'a.pcap' cannot be read: truncated dump file; tried to read 28 captured bytes, only "
            "got 24");
}

}  // namespace
}  // namespace fwproof::parse
