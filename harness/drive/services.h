// The services of a topology: listeners inside this process, each with its socket in its node, that
// answer whoever asks. A TCP service takes a connection, waits for a request, sends kAnswer or the
// line that it says, and closes when the client has closed. A UDP service answers every datagram from the address it came
// to. Each request is noted, with who was asked and whom the service saw asking.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/unique_fd.h"
#include "model/topology.h"
#include "nl/netns.h"

namespace fwproof::drive {

inline constexpr std::string_view kAnswer = "pong";

struct Request {
  std::string node;
  Transport transport = Transport::tcp;
  Endpoint service;  // the address that the client reached, and the service's own port
  Endpoint client;   // as the service saw it
};

class Services {
 public:
  /// Opens a service in a node. IPv6 too if `ipv6`. Throws MachineError.
  void listen(const nl::Netns& netns, const std::string& node, const Service& service, bool ipv6);

  /// To poll for reading.
  std::vector<int> fds() const;

  /// Does all that can be done without waiting. True if anything was done.
  bool advance();

  const std::vector<Request>& requests() const { return requests_; }

  /// The connections there are now belong to a flow that stays open: each answers one request more,
  /// and drop_connections() leaves them.
  void keep_connections();

  /// Ends all connections at once and forgets them, but for those that are kept or set
  /// aside; the listeners stay.
  void drop_connections();

  /// Connections that are open now and not kept stay open, and are not answered any more.
  void set_connections_aside();

 private:
  struct Listener {
    UniqueFd fd;
    std::string node;
    Transport transport;
    uint16_t port;
    std::string answer;
  };
  struct Connection {
    UniqueFd fd;
    std::string answer;
    bool answered = false;
    bool kept = false;
  };

  void open(const nl::Netns& netns, const std::string& node, const Service& service,
            const Endpoint& at);
  bool accept_some(const Listener& listener);
  bool answer_datagrams(const Listener& listener);
  static bool serve(Connection& connection);

  std::vector<Listener> listeners_;
  std::vector<Connection> connections_;
  std::vector<Connection> aside_;
  std::vector<Request> requests_;
};

}  // namespace fwproof::drive
