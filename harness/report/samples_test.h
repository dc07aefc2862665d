// Hand-made walks and results for the tests of report/: a client, a gateway with a forwarded port,
// a web server behind it.
#pragma once

#include <string>

#include "model/finding.h"

namespace fwproof::report {

Packet tcp_packet(const std::string& from, const std::string& to, uint8_t flags);
Step policy(const std::string& table, const std::string& chain, const std::string& target);
Step rule(const std::string& table, const std::string& chain, unsigned number,
          const std::string& target, const std::string& text, int line);
HookVisit visit(Hook hook, const std::string& in_dev, const std::string& out_dev,
                std::vector<Step> steps = {});

/// client > gw, rewritten by rule 1 of nat PREROUTING, dropped by the policy of filter FORWARD.
Walk dropped_syn();

/// web > gw > client, the source rewritten back on the way; delivered.
Walk delivered_syn_ack();

/// iptables-nft, with the flow "visit" that met dropped_syn() and the finding that it was not
/// connected.
CaseResult failed_case();

}  // namespace fwproof::report
