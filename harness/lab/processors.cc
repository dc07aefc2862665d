#include "lab/processors.h"

#include <sched.h>

namespace fwproof::lab {
namespace {

cpu_set_t at_first;
bool stays = false;

}  // namespace

void stay_on_processor(size_t number) {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) != 0) return;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &all) || number-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    at_first = all;
    stays = sched_setaffinity(0, sizeof one, &one) == 0;
    return;
  }
}

void run_on_all_processors() {
  if (stays) sched_setaffinity(0, sizeof at_first, &at_first);
}

}  // namespace fwproof::lab
