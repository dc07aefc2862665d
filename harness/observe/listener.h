// Hears what nf_tables (trace, new generations of rules) and connection tracking (events, helpers'
// expectations) tell in the nodes of one network.
//
// For each message the kernel asks every netlink socket that listens, in whatever namespace it is
// (net/netlink/af_netlink.c, netlink_broadcast_filtered()). Where nodes are few each has a socket,
// and so a buffer, of its own. Where they are many one socket in the first of them hears all
// (NETLINK_LISTEN_ALL_NSID, netlink(7)). That one then has a number for each of the others (ip
// netns list-id), among which the kernel looks from the lowest on: what is told most is best told
// in the nodes that were listened to first.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::observe {

/// What was told in one node and not taken yet. Messages of one subsystem keep their order, and
/// each has its place among those of both.
class Mail {
 public:
  /// Takes a message and its place: its number in the node, from 1.
  using Each = std::function<void(nlmsghdr*, uint64_t)>;

  explicit Mail(std::string node) : node_(std::move(node)) {}

  const std::string& node() const { return node_; }

  /// Calls `each` for every message of nf_tables, and forgets them. False if some were lost since
  /// this was asked last.
  bool take_rules(const Each& each);
  /// The same for connection tracking, whose losses the next take_rules() tells.
  void take_conntrack(const Each& each);

 private:
  friend class Listener;
  void put(const nlmsghdr* message);

  std::string node_;
  struct Pile {
    std::vector<char> messages;    // each aligned to NLMSG_ALIGNTO
    std::vector<uint64_t> orders;  // of each
  };
  static void give_out(Pile& pile, const Each& each);

  uint64_t told_ = 0;  // messages so far
  Pile rules_;
  Pile conntrack_;
  bool whole_ = true;
  bool announced_ = false;  // drain() will tell of it
};

class Listener {
 public:
  /// How many nodes have a socket each. An ordinary user's holds some 330 messages.
  static constexpr size_t kMostApart = 16;

  /// `nodes`: how many may be listened to.
  explicit Listener(size_t nodes) : together_(nodes > kMostApart) {}

  /// Hears this node too, from here on; until nobody holds its mail. Throws MachineError.
  std::shared_ptr<Mail> listen(const nl::Netns& netns, const std::string& node);

  /// Each is readable when something was told. There are no more once all nodes are listened to.
  std::vector<int> fds() const;

  /// Puts all that was told up to now into the nodes' mail. Returns the nodes that got some, or may
  /// have lost some. What was lost is appended to `lost` as sentences.
  std::vector<std::string> drain(std::vector<std::string>& lost);

  /// Did a node get mail that drain() has not told of? It may while another is listened to.
  bool has_more() const { return !announced_.empty(); }

 private:
  /// A socket and the mail of those that it hears, by the number its namespace knows them by.
  struct Ear {
    nl::Socket socket;
    std::map<int, std::weak_ptr<Mail>> mail;
  };
  void take_in(Ear& ear);
  void announce(const std::shared_ptr<Mail>& mail);
  int number_of(const nl::Netns& netns);

  bool together_;
  std::list<Ear> ears_;
  std::optional<nl::Socket> route_;  // in the namespace of the socket that hears all
  std::vector<std::shared_ptr<Mail>> announced_;
  std::vector<std::string> lost_;  // not told yet
};

}  // namespace fwproof::observe
