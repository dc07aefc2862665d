#include "observe/loss_counters.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace fwproof::observe {
namespace {

/// Those that follow/cause.cc knows the meaning of.
constexpr std::array<std::string_view, 25> kWanted{"Ip InHdrErrors",
                                                   "Ip InAddrErrors",
                                                   "Ip OutNoRoutes",
                                                   "Ip FragFails",
                                                   "Icmp InCsumErrors",
                                                   "Tcp InCsumErrors",
                                                   "Udp NoPorts",
                                                   "Udp InErrors",
                                                   "Udp RcvbufErrors",
                                                   "Udp InCsumErrors",
                                                   "IpExt InNoRoutes",
                                                   "IpExt InCsumErrors",
                                                   "Ip6InHdrErrors",
                                                   "Ip6InNoRoutes",
                                                   "Ip6InAddrErrors",
                                                   "Ip6OutNoRoutes",
                                                   "Ip6InTooBigErrors",
                                                   "Icmp6InCsumErrors",
                                                   "Udp6NoPorts",
                                                   "Udp6InErrors",
                                                   "Udp6RcvbufErrors",
                                                   "Udp6InCsumErrors",
                                                   "nf_conntrack drop",
                                                   "TcpExt IPReversePathFilter",
                                                   "nf_conntrack insert_failed"};

void add(const std::string& name, uint64_t value, LossCounts& counts) {
  if (std::find(kWanted.begin(), kWanted.end(), name) != kWanted.end()) counts[name] += value;
}

/// A negative number (Tcp MaxConn) is none that is wanted.
uint64_t number(const std::string& text, int base = 10) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

UniqueFd open_here(const char* path) { return UniqueFd(open(path, O_RDONLY | O_CLOEXEC)); }

/// All of it, as it is now; nothing if the file is not there.
std::string read_all(const UniqueFd& fd) {
  std::string text;
  std::array<char, 8192> buffer;
  while (fd.valid()) {
    const ssize_t length =
        pread(fd.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (length < 0) throw MachineError::from_errno("read the counters of a node", errno);
    if (length == 0) break;
    text.append(buffer.data(), static_cast<size_t>(length));
  }
  return text;
}

}  // namespace

void read_snmp(std::string_view text, LossCounts& counts) {
  const auto lines = split_lines(text);
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    const auto names = split_words(lines[i]);
    const auto values = split_words(lines[i + 1]);
    if (names.empty() || values.size() != names.size() || names[0] != values[0]) continue;
    const std::string protocol = names[0].substr(0, names[0].size() - 1);
    for (size_t n = 1; n < names.size(); ++n)
      add(protocol + " " + names[n], number(values[n]), counts);
  }
}

void read_snmp6(std::string_view text, LossCounts& counts) {
  for (const auto& line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() == 2) add(words[0], number(words[1]), counts);
  }
}

void read_conntrack_stat(std::string_view text, LossCounts& counts) {
  const auto lines = split_lines(text);
  if (lines.empty()) return;
  const auto names = split_words(lines[0]);
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto values = split_words(lines[i]);
    for (size_t n = 0; n < std::min(names.size(), values.size()); ++n)
      add("nf_conntrack " + names[n], number(values[n], 16), counts);
  }
}

void LossCounters::open_all() {
  if (snmp_.valid()) return;
  const nl::NetnsScope scope(*netns_);
  snmp_ = open_here("/proc/thread-self/net/snmp");
  if (!snmp_.valid()) throw MachineError::from_errno("open /proc/thread-self/net/snmp", errno);
  netstat_ = open_here("/proc/thread-self/net/netstat");
  conntrack_ = open_here("/proc/thread-self/net/stat/nf_conntrack");
  if (ipv6_) snmp6_ = open_here("/proc/thread-self/net/snmp6");
}

LossCounts LossCounters::read() {
  open_all();
  LossCounts counts;
  read_snmp(read_all(snmp_), counts);
  read_snmp(read_all(netstat_), counts);
  read_snmp6(read_all(snmp6_), counts);
  read_conntrack_stat(read_all(conntrack_), counts);
  return counts;
}

}  // namespace fwproof::observe
