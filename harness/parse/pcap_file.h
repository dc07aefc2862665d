// The packets of a capture file, as libpcap reads it: classic or pcapng.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/craft.h"

namespace fwproof::parse {

/// What is wrong with a capture, and what helps.
struct BadCapture {
  std::string message;
  std::string hint;
  bool in_filter = false;  // it is the filter that is wrong
};

/// The IP packets of the file whose bytes are `bytes`, those that `filter` (pcap-filter(7)) lets
/// through, whole. `name` is for messages. Throws BadCapture, also if one of them is not an IP
/// packet or was captured in part: nothing is left out unless the filter says so.
std::vector<Replayed> read_pcap(std::string_view bytes, const std::string& filter,
                                const std::string& name);

}  // namespace fwproof::parse
