#include "fuzz/targets.h"

#include <algorithm>
#include <cstdlib>

namespace fwproof::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all{
      {"capture", take_capture}, {"case", take_case},   {"conntrack", take_conntrack},
      {"flow", take_flow},       {"nflog", take_nflog}, {"packet", take_packet},
      {"rules", take_rules},     {"step", take_step},   {"topology", take_topology},
      {"trace", take_trace},     {"walk", take_walk},
  };
  return all;
}

const Target& find_target(std::string_view name) {
  const auto found = std::find_if(targets().begin(), targets().end(),
                                  [&](const Target& target) { return target.name == name; });
  if (found == targets().end()) std::abort();
  return *found;
}

void must_be_printable(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\n' || (byte >= ' ' && byte != 0x7f);
  });
  if (!printable) std::abort();
}

}  // namespace fwproof::fuzz
