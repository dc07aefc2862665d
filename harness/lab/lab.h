// The namespaces of one topology and everything in them. They have no names and hang on the
// descriptors held here: when a Lab ends, by whatever way, nothing of it is left.
//
// What every node gets without being asked is in plan/plan.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "lab/private_files.h"
#include "model/topology.h"
#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::lab {

class Lab {
 public:
  /// Builds the network. Throws MachineError naming node and dev.
  explicit Lab(const Topology& topology);
  Lab(Lab&&) = default;
  Lab& operator=(Lab&&) = default;
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab() = default;

  const nl::Netns& netns(const std::string& node) const;
  /// The node's own NETLINK_ROUTE socket.
  nl::Socket& route_socket(const std::string& node);
  /// Brings a device of a node up or takes it down, as ip link set does: what hangs on it (routes,
  /// IPv6 addresses) goes and comes as the kernel has it. Throws MachineError.
  void set_link(const LinkEnd& end, bool up);

  /// Closed with the lab: what load_rules() of lab/rules.h left.
  void keep(UniqueFd rules_socket);
  size_t rules_sockets() const { return rules_sockets_.size(); }

  /// The node's own files, made when they are first asked for: costs milliseconds.
  const PrivateFiles& own_files(const std::string& node, Backend backend);
  /// What programs find as /etc/hosts (lab/hosts.h).
  const std::string& hosts() const { return hosts_; }
  /// The user's nodes, in the order they are written; hidden bridges are not among them.
  const std::vector<std::string>& nodes() const { return names_; }

 private:
  class Builder;
  struct Place {
    nl::Netns netns;
    nl::Socket route;
    std::optional<PrivateFiles> files;
  };
  std::map<std::string, Place> places_;
  std::vector<std::string> names_;
  std::string hosts_;
  std::vector<std::pair<LinkEnd, LinkEnd>> veths_;
  std::vector<UniqueFd> rules_sockets_;
};

}  // namespace fwproof::lab
