// A walk as text: node by node and hook by hook, with what each chain said, in the notation of a
// case, and the text and place of each rule that matched.
//
//   syn  1.2.3.4:60000 > 203.0.113.1:8080 tcp syn len 0
//     client  OUTPUT       out eth0
//             POSTROUTING  out eth0
//     gw      PREROUTING   in eth0
//               raw PREROUTING policy ACCEPT
//               nat PREROUTING rule 1 DNAT  gw.rules:5
//                 -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80
//               => 1.2.3.4:60000 > 10.0.0.5:80  destination rewritten
//             FORWARD      in eth0 out eth1
//               filter FORWARD policy DROP  gw.rules:11
//                 :FORWARD DROP [0:0]
//     dropped at gw filter FORWARD policy DROP (gw.rules:11)
//
// Addresses and ports that changed stand on a line of their own, after the steps if the change was
// seen at the end of the hook, before them if it was seen at its start. TTL is not shown.
#pragma once

#include <string>
#include <vector>

#include "model/conntrack.h"
#include "model/seen.h"
#include "model/walk.h"
#include "report/layout.h"

namespace fwproof::report {

/// The whole walk of one packet; every line ends with a newline.
std::string walk_text(const Walk& walk, Style style);

/// A line for each walk, aligned: its packet, the nodes, how it ended:
/// "syn-ack  10.0.0.5:80 > 1.2.3.4:60000 tcp syn,ack len 0  web > gw > client  delivered".
std::string walk_lines(const std::vector<const Walk*>& walks, Style style);

/// True if both went the same way: direction, nodes, hooks, devices, steps, rewritten addresses and
/// end are equal.
bool same_way(const Walk& a, const Walk& b);

/// For `fwproof trace`: the flow as asked for, all its walks, its conntrack entries and how it
/// ended: "connected to web:80, which saw 1.2.3.4:60000". A walk that went the same way as an
/// earlier one is one line that says so. `outcome` is as judge/outcome.h has it; `conntrack` holds
/// the entries at the end.
std::string flow_text(const FlowSeen& flow, const std::string& flow_text,
                      const std::string& outcome, const std::vector<ConntrackEntry>& conntrack,
                      Style style);

}  // namespace fwproof::report
