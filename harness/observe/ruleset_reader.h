// The rules as the kernel holds them now, with handles and counters.
#pragma once

#include <string>
#include <vector>

#include "model/ruleset.h"
#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::observe {

/// nf_tables. Its socket stays open between reads: closing one can take 13 ms.
class NftReader {
 public:
  explicit NftReader(const nl::Netns& netns);

  /// All tables of the namespace except fwproof's own. A rule's target is what nft calls the last
  /// thing it does ("accept", "jump DOCKER", "masquerade", "vmap"); rules with xtables extensions
  /// give the extension's name ("DNAT"). Chains of netdev's egress hook have no base.
  Ruleset read();

  /// The number of the rules' generation: it grows with every change of them (NFT_MSG_GETGEN).
  uint32_t generation();

  /// Reads the counters of `rules` anew, which read() told in this generation. False if they are
  /// others by now: then what they count means nothing.
  bool count(Ruleset& rules, uint32_t generation);

  /// True if something in the last read() made the kernel track connections in this namespace.
  bool tracks() const { return tracks_; }

  /// True if nothing in the last read() leaves anything behind once its table is gone
  /// (observe/plain.h): tables of IP alone, their rules and sets, and no other objects.
  bool plain() const { return plain_; }

  /// True if a rule of the last read() has a limit, or the elements of a set come and go. Says
  /// nothing of rules that are not plain, nor of limits that single elements have.
  bool recalls() const { return recalls_; }

  /// Deletes all tables but those that a socket owns, fwproof's own among them.
  void flush();

 private:
  nl::Socket socket_;
  bool tracks_ = false;
  bool plain_ = true;
  bool recalls_ = false;
};

/// The legacy tables of `family` (ip or ip6) that the namespace has (/proc/net/ip_tables_names).
/// Asking does not create any.
std::vector<std::string> legacy_tables(const nl::Netns& netns, Family family);

/// Adds legacy tables `tables` of `family` (ip or ip6) to `into`. Merely reading a table makes the
/// kernel create it, so only those in use may be named. Returns true if one of their rules makes
/// the kernel track connections in this namespace.
bool read_legacy(const nl::Netns& netns, Family family, const std::vector<std::string>& tables,
                 Ruleset& into);

}  // namespace fwproof::observe
