// fwproof's own table in a node: the chains of model/trace.h, which mark every packet for tracing
// and tell when it enters and leaves a hook. Where rules may still be loaded the table is owned by
// a netlink socket (`flags owner`, nft(8)): the user's `flush ruleset` leaves it alone, and it goes
// with this object. Whoever closes such a socket waits some 10 ms (nft_rcv_nl_event() in the
// kernel's nf_tables_api.c); a table without an owner goes with its namespace, and nobody waits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nl/netns.h"
#include "nl/socket.h"
#include "observe/full_headers.h"

namespace fwproof::observe {

/// What is watched in a node beside the hooks of IP.
struct TraceScope {
  /// The table holds a `ct state` rule that no packet meets: its being there is what switches
  /// connection tracking on in a namespace.
  bool conntrack = false;
  bool bridge = false;               // the hooks of bridges, for IP and IPv6 in their frames
  bool arp = false;                  // the hooks of ARP
  std::vector<std::string> ingress;  // the devices whose ingress hook is watched
  bool owned = true;                 // false: nothing in the node loads or flushes rules any more
  bool lone = false;                 // nothing stands at IP's hooks but this table, nor ever will
  bool ipv6 = false;                 // headers of IPv6 that the trace leaves out are logged
};

class TraceTable {
 public:
  TraceTable(const nl::Netns& netns, const std::string& node, const TraceScope& scope);

  /// Watches these hooks too, from now on: those of bridges, and of the ingress of devices. Call it
  /// once at most for each, and not for what was watched from the start. `ipv6`
  /// is that of the start.
  void widen(const std::string& node, const TraceScope& by);

  /// A NETLINK_NETFILTER socket of the node that listens to nothing, for others to ask with.
  nl::Socket& socket() { return owner_; }

  /// What its chains log; nullptr where IPv6 is not watched.
  FullHeaders* headers() { return headers_.get(); }

 private:
  nl::Socket owner_;
  std::unique_ptr<FullHeaders> headers_;
};

}  // namespace fwproof::observe
