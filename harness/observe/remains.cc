#include "observe/remains.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace fwproof::observe {
namespace {

UniqueFd open_here(const char* path) { return UniqueFd(open(path, O_RDONLY | O_CLOEXEC)); }

/// As it is now; nothing if it cannot be read. The first lines are all that is asked for.
std::string read_now(const UniqueFd& fd) {
  std::array<char, 4096> buffer;
  const ssize_t length = fd.valid() ? pread(fd.get(), buffer.data(), buffer.size(), 0) : 0;
  return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

bool is_zero(const std::string& number) {
  return !number.empty() && number.find_first_not_of('0') == std::string::npos;
}

}  // namespace

bool no_sockets(std::string_view sockstat) {
  static const std::vector<std::pair<std::string, std::string>> kNone{
      {"TCP:", "inuse"}, {"TCP:", "tw"}, {"UDP:", "inuse"}, {"RAW:", "inuse"}, {"FRAG:", "inuse"}};
  size_t none = 0;
  for (const std::string& line : split_lines(sockstat)) {
    const auto words = split_words(line);
    for (size_t i = 1; i + 1 < words.size(); i += 2)
      if (std::find(kNone.begin(), kNone.end(), std::pair(words[0], words[i])) != kNone.end())
        none += is_zero(words[i + 1]) ? 1 : 0;
  }
  return none == kNone.size();
}

bool no_entries(std::string_view stat) {
  const auto lines = split_lines(stat);
  const auto first = lines.size() < 2 ? std::vector<std::string>() : split_words(lines[1]);
  return !first.empty() && split_words(lines[0]).front() == "entries" && is_zero(first[0]);
}

Remains::Remains(const nl::Netns& netns) {
  const nl::NetnsScope scope(netns);
  sockstat_ = open_here("/proc/thread-self/net/sockstat");
  conntrack_ = open_here("/proc/thread-self/net/stat/nf_conntrack");
}

bool Remains::none() const {
  return no_sockets(read_now(sockstat_)) && no_entries(read_now(conntrack_));
}

}  // namespace fwproof::observe
