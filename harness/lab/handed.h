// Messages between processes with descriptors in them (SCM_RIGHTS, unix(7)), over a socket of type
// SOCK_SEQPACKET.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace fwproof::lab {

struct Message {
  std::string text;
  std::vector<UniqueFd> fds;
};

/// False, and errno says why, if it was not sent: EPIPE where nobody is left to read it.
bool send_message(int socket, std::string_view text, std::span<const int> fds);

/// Waits for one. Empty at the end, for an error, and for one that is longer than a path may be or
/// holds more descriptors than anybody here sends, or than this process may have (errno EMFILE).
std::optional<Message> receive_message(int socket);

}  // namespace fwproof::lab
