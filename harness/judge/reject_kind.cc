#include "judge/reject_kind.h"

#include <algorithm>

#include "base/text.h"

namespace fwproof::judge {
namespace {

/// One way to say a kind, and what it is called when the packet is IPv4 and when it is IPv6.
struct Word {
  std::string_view written;
  std::string_view v4;
  std::string_view v6;
};

// iptables-extensions(8) REJECT, with its short forms; nft(8) REJECT STATEMENT, where icmpx stands
// for either family. iptables' words are compared without "icmp-" or "icmp6-".
constexpr Word kWords[] = {
    {"net-unreachable", "network-unreachable", "no-route"},
    {"net-unreach", "network-unreachable", "no-route"},
    {"no-route", "network-unreachable", "no-route"},
    {"host-unreachable", "host-unreachable", "address-unreachable"},
    {"host-unreach", "host-unreachable", "address-unreachable"},
    {"addr-unreachable", "host-unreachable", "address-unreachable"},
    {"addr-unreach", "host-unreachable", "address-unreachable"},
    {"proto-unreachable", "protocol-unreachable", "port-unreachable"},
    {"proto-unreach", "protocol-unreachable", "port-unreachable"},
    {"prot-unreachable", "protocol-unreachable", "port-unreachable"},
    {"port-unreachable", "port-unreachable", "port-unreachable"},
    {"port-unreach", "port-unreachable", "port-unreachable"},
    {"net-prohibited", "network-prohibited", "communication-prohibited"},
    {"net-prohib", "network-prohibited", "communication-prohibited"},
    {"host-prohibited", "host-prohibited", "communication-prohibited"},
    {"host-prohib", "host-prohibited", "communication-prohibited"},
    {"admin-prohibited", "communication-prohibited", "communication-prohibited"},
    {"admin-prohib", "communication-prohibited", "communication-prohibited"},
    {"adm-prohibited", "communication-prohibited", "communication-prohibited"},
    {"policy-fail", "port-unreachable", "failed-policy"},
    {"reject-route", "port-unreachable", "reject-route"},
    {"tcp-reset", "tcp-reset", "tcp-reset"},
    {"tcp-rst", "tcp-reset", "tcp-reset"},
};

std::string_view without_prefix(std::string_view word) {
  for (const std::string_view prefix : {"icmp6-", "icmp-"})
    if (word.starts_with(prefix)) return word.substr(prefix.size());
  return word;
}

}  // namespace

bool is_reject(const Step& step) {
  const auto words = split_words(step.target);
  return !words.empty() && equals_ignore_case(words[0], "reject");
}

std::string reject_kind(const Step& step, bool v6) {
  std::vector<std::string> words = split_words(step.rule_text);
  for (std::string& word : split_words(step.target)) words.push_back(std::move(word));
  // What stands before these two is what the rule matches, which may hold any word.
  const auto with = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word == "--reject-with" || word == "with";
  });
  for (auto word = with; word != words.end(); ++word) {
    if (*word == "tcp" && word + 1 != words.end() && *(word + 1) == "reset") return "tcp-reset";
    for (const Word& known : kWords)
      if (known.written == without_prefix(*word)) return std::string(v6 ? known.v6 : known.v4);
  }
  return "port-unreachable";
}

}  // namespace fwproof::judge
