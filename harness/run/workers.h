// Work shared out among processes. Not among threads: rules are loaded in forked children
// (lab/nft_process.h), and a child must not be forked while another thread may hold a lock.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace fwproof::run {

/// What work(i) returns, for each i below `count`. It runs in a few processes for each processor,
/// each forked from this one, which must have no other thread. They end with it.
/// Throws MachineError for a process that ends early, and with the words of whatever work() throws.
std::vector<std::string> in_processes(size_t count, const std::function<std::string(size_t)>& work);

}  // namespace fwproof::run
