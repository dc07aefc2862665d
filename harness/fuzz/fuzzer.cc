// One target as a program of libFuzzer's (https://llvm.org/docs/LibFuzzer.html).
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fwproof::fuzz::Target& target = fwproof::fuzz::find_target(FWPROOF_FUZZ_TARGET);
  target.take({data, size});
  return 0;
}
