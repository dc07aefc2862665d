// What fwproof reads that others wrote: files of strangers, and bytes that came from the network by
// way of the kernel. Each reader takes any bytes, without a crash, without end, and without letting
// a control character through to the terminal.
//
// Under the preset `fuzz` each target is a program of libFuzzer's (ci/fuzz); in all others its
// corpus, fixtures/fuzz/NAME/, is read by a unit test.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fwproof::fuzz {

struct Target {
  std::string_view name;
  void (*take)(std::span<const uint8_t> bytes);
};

const std::vector<Target>& targets();

/// Aborts where there is none of this name.
const Target& find_target(std::string_view name);

/// Aborts if the text, which is for a terminal, would do more there than be read.
void must_be_printable(std::string_view text);

// Files: files.cc.
void take_topology(std::span<const uint8_t> bytes);
void take_case(std::span<const uint8_t> bytes);
void take_rules(std::span<const uint8_t> bytes);
void take_capture(std::span<const uint8_t> bytes);
// The small notations of a case: words.cc.
void take_flow(std::span<const uint8_t> bytes);
void take_step(std::span<const uint8_t> bytes);
// What taps read: messages.cc.
void take_trace(std::span<const uint8_t> bytes);
void take_conntrack(std::span<const uint8_t> bytes);
void take_nflog(std::span<const uint8_t> bytes);
void take_packet(std::span<const uint8_t> bytes);
void take_walk(std::span<const uint8_t> bytes);

}  // namespace fwproof::fuzz
