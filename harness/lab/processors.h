// On which processors fwproof runs, and what it starts.
#pragma once

#include <cstddef>

namespace fwproof::lab {

/// Keeps this process on the `number`th, from 0, of the processors that it may run on, where it has
/// that many. The scheduler moves a process to where it is woken: of two that both work in networks
/// of their own it can leave one processor to both and none to the other.
void stay_on_processor(size_t number);

/// For a child that is to execute a program: it may run wherever fwproof was started to.
/// Async-signal-safe.
void run_on_all_processors();

}  // namespace fwproof::lab
