// The functions of libnftables that are used, found when the first of them is called.
#include "lab/late_nftables.h"

#include <nftables/libnftables.h>

#include "base/late_library.h"

namespace {

const fwproof::LateLibrary& libnftables() {
  static const fwproof::LateLibrary library({"libnftables.so.1"}, "apt-get install libnftables1");
  return library;
}

}  // namespace

#define LATE(...) FWPROOF_LATE(libnftables(), __VA_ARGS__)

LATE(nft_ctx*, nft_ctx_new, (uint32_t flags), (flags))
LATE(void, nft_ctx_free, (nft_ctx * context), (context))
LATE(int, nft_ctx_add_include_path, (nft_ctx * context, const char* path), (context, path))
LATE(int, nft_run_cmd_from_filename, (nft_ctx * context, const char* path), (context, path))
LATE(int, nft_run_cmd_from_buffer, (nft_ctx * context, const char* text), (context, text))
LATE(void, nft_ctx_output_set_flags, (nft_ctx * context, unsigned int flags), (context, flags))
LATE(int, nft_ctx_buffer_output, (nft_ctx * context), (context))
LATE(int, nft_ctx_buffer_error, (nft_ctx * context), (context))
LATE(const char*, nft_ctx_get_output_buffer, (nft_ctx * context), (context))
LATE(const char*, nft_ctx_get_error_buffer, (nft_ctx * context), (context))

namespace fwproof::lab {

void load_libnftables() {
  late_nft_ctx_new();
  late_nft_ctx_free();
  late_nft_ctx_add_include_path();
  late_nft_run_cmd_from_filename();
}

}  // namespace fwproof::lab
