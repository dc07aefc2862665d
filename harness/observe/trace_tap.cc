#include "observe/trace_tap.h"

#include "observe/legacy_trace.h"
#include "observe/nft_trace.h"

namespace fwproof::observe {

TraceTap::TraceTap(const std::shared_ptr<Mail>& mail, TraceTable& table, const nl::Netns& netns,
                   bool legacy, bool ipv6)
    : nft_(std::make_unique<NftTrace>(mail, table)),
      legacy_(legacy ? std::make_unique<LegacyTrace>(netns, mail->node(), ipv6) : nullptr) {}

TraceTap::~TraceTap() = default;
TraceTap::TraceTap(TraceTap&&) noexcept = default;
TraceTap& TraceTap::operator=(TraceTap&&) noexcept = default;

std::optional<int> TraceTap::fd() const {
  return legacy_ ? std::optional(legacy_->fd()) : std::nullopt;
}

void TraceTap::drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost) {
  nft_->drain(events, lost);
  if (legacy_) legacy_->drain(events, lost);
}

bool TraceTap::is_at_rest() const { return nft_->is_at_rest(); }

uint32_t TraceTap::generation() const { return nft_->generation(); }

}  // namespace fwproof::observe
