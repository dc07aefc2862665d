// Which of the machine's processors fwproof and the programs that it starts may run on.
#pragma once

#include <cstddef>

namespace fwproof::lab {

/// Keeps this process on the `number`th, from 0, of the processors that it may run on, where it has
/// that many; and what it forks, but for programs. The scheduler moves a process to where it is
/// woken: two that each work in networks of their own it may leave on one processor, and the other
/// idle. It can no longer move one away from a stranger who keeps its processor busy.
void stay_on_processor(size_t number);

/// For a child that is to execute a program: it may run wherever fwproof was started to.
/// Async-signal-safe.
void run_on_all_processors();

}  // namespace fwproof::lab
