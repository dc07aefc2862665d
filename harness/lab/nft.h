// libnftables in one network namespace, and what it says.
#pragma once

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace fwproof::lab {

/// Works in the namespace that the thread is in while it is made.
class Nft {
 public:
  explicit Nft(std::string attempt)
      : attempt_(std::move(attempt)), context_(nft_ctx_new(NFT_CTX_DEFAULT), nft_ctx_free) {
    if (!context_ || nft_ctx_buffer_output(context_.get()) != 0 ||
        nft_ctx_buffer_error(context_.get()) != 0)
      throw MachineError(attempt_, "libnftables does not start");
  }

  std::string run(const std::string& command, bool as_json = false) {
    nft_ctx_output_set_flags(context_.get(), as_json ? NFT_CTX_OUTPUT_JSON : 0);
    auto output = try_to(command);
    if (!output) throw MachineError(attempt_, fmt::format("nft {}: {}", command, error()));
    return *output;
  }

  /// Nothing if it fails; error() says why.
  std::optional<std::string> try_to(const std::string& command) {
    const bool done = nft_run_cmd_from_buffer(context_.get(), command.c_str()) == 0;
    error_ = nft_ctx_get_error_buffer(context_.get());
    std::string output = nft_ctx_get_output_buffer(context_.get());
    return done ? std::optional(std::move(output)) : std::nullopt;
  }

  std::string error() const { return std::string(trim(error_)); }

 private:
  std::string attempt_;
  std::unique_ptr<nft_ctx, decltype(&nft_ctx_free)> context_;
  std::string error_;
};

}  // namespace fwproof::lab
