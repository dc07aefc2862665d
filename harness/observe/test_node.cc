#include "observe/test_node.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/programs.h"

namespace fwproof::observe {
namespace {

void check(bool ok, const std::string& attempt) {
  if (!ok) throw MachineError::from_errno(attempt, errno);
}

void set_lo_up() {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  check(ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0, "set lo up");
}

struct LoopbackAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

LoopbackAddress loopback(uint16_t port, bool v6) {
  LoopbackAddress address;
  if (v6) {
    const sockaddr_in6 in6{
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    std::memcpy(&address.storage, &in6, address.size = sizeof in6);
  } else {
    const sockaddr_in in{.sin_family = AF_INET,
                         .sin_port = htons(port),
                         .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    std::memcpy(&address.storage, &in, address.size = sizeof in);
  }
  return address;
}

}  // namespace

UniqueFd bind_loopback(int type, uint16_t port, bool v6) {
  UniqueFd fd(socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
  const auto address = loopback(port, v6);
  check(bind(fd.get(), address.get(), address.size) == 0, "bind a socket");
  return fd;
}

void connect_loopback(int fd, uint16_t port, bool v6) {
  const auto address = loopback(port, v6);
  check(connect(fd, address.get(), address.size) == 0, "connect a socket");
}

TestNode::TestNode() : netns_(nl::Netns::create()) {
  const nl::NetnsScope scope(netns_);
  set_lo_up();
}

int TestNode::run(std::vector<std::string> command, const std::string& input) const {
  const nl::NetnsScope scope(netns_);
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "make a pipe");
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDIN_FILENO);
  pid_t child = 0;
  const std::string file = find_program(command[0]).value_or(command[0]);
  errno = posix_spawn(&child, file.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  check(errno == 0, "run " + command[0]);
  // The tests' rules fit into the pipe's buffer.
  check(write(in.get(), input.data(), input.size()) == static_cast<ssize_t>(input.size()),
        "write to " + command[0]);
  in.reset();
  int status = 0;
  check(waitpid(child, &status, 0) == child, "wait for " + command[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

UniqueFd TestNode::udp(uint16_t port, bool v6) const {
  const nl::NetnsScope scope(netns_);
  return bind_loopback(SOCK_DGRAM, port, v6);
}

void TestNode::send_udp(uint16_t port, bool v6) const {
  const UniqueFd receiver = udp(port, v6);
  const UniqueFd sender = udp(5000, v6);
  const auto address = loopback(port, v6);
  check(sendto(sender.get(), "hi", 2, 0, address.get(), address.size) == 2, "send a packet");
}

}  // namespace fwproof::observe
