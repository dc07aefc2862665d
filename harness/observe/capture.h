// A capture by libpcap on one device of one node: packets that pass a filter are counted, the
// first few described, and all of them kept in a pcap file if one is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nl/netns.h"

struct pcap;
struct pcap_dumper;

namespace fwproof::observe {

/// Empty if the filter (pcap-filter(7)) compiles for Ethernet, else libpcap's own words. Needs no
/// privilege.
std::string check_filter(const std::string& filter);

/// How many bytes the kernel keeps of a capture until they are taken. On lo, and where a device
/// cuts what TCP sends into segments by itself, a packet of any size takes 128 KB of them: a frame
/// has room for the largest, and a block of 2^n bytes holds whole ones (TPACKET_V2,
/// Documentation/networking/packet_mmap.rst). So these are 16 packets, and 256.
inline constexpr size_t kRing = 2 << 20;
inline constexpr size_t kLargeRing = 32 << 20;

class Capture {
 public:
  /// Packets are captured from now on. An empty `filter` passes all. `file` empty: none is written;
  /// otherwise it appears, whole, at finish().
  Capture(const nl::Netns& netns, std::string node, std::string dev, std::string filter,
          std::string file, size_t ring = kRing);
  ~Capture();
  Capture(Capture&&) noexcept;
  Capture& operator=(Capture&&) noexcept;
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// Readable when a packet is queued.
  int fd() const;

  /// Takes what is queued now. If it broke off, that is appended to `lost`, with node and dev.
  void drain(std::vector<std::string>& lost);

  /// Starts to count and describe anew. The file keeps all.
  void count_anew();

  uint64_t packets() const;
  /// The first five packets counted, described.
  const std::vector<std::string>& first() const;

  /// Closes the file and gives it its name. What is queued and not drained is not in it. If packets
  /// were dropped, how many is appended to `lost`, with node and dev.
  void finish(std::vector<std::string>& lost);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fwproof::observe
