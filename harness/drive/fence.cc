#include "drive/fence.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace fwproof::drive {
namespace {

constexpr const char* kPath = "/proc/net/softnet_stat";

// The columns of a line, from 0.
constexpr size_t kProcessed = 0;
constexpr size_t kWaiting = 11;
constexpr size_t kProcessor = 12;

std::optional<uint64_t> parse_hex(const std::string& word) {
  uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

UniqueFd open_softnet_stat() {
  UniqueFd file(open(kPath, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) throw MachineError::from_errno(std::string("open ") + kPath, errno);
  return file;
}

/// Keeps the calling thread on one processor.
class OnProcessor {
 public:
  explicit OnProcessor(unsigned processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    there_ = sched_getaffinity(0, sizeof before_, &before_) == 0 &&
             sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~OnProcessor() {
    if (there_) sched_setaffinity(0, sizeof before_, &before_);
  }
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;
  OnProcessor(OnProcessor&&) = delete;
  OnProcessor& operator=(OnProcessor&&) = delete;

  /// False where this process may not run: then it sent nothing from there either.
  bool there() const { return there_; }

 private:
  cpu_set_t before_{};
  bool there_ = false;
};

}  // namespace

std::map<unsigned, ReceiveQueue> read_softnet_stat(std::string_view text) {
  std::map<unsigned, ReceiveQueue> queues;
  for (const std::string& line : split_lines(text)) {
    const std::vector<std::string> words = split_words(line);
    if (words.size() <= kProcessor) return {};
    const auto processed = parse_hex(words[kProcessed]);
    const auto waiting = parse_hex(words[kWaiting]);
    const auto processor = parse_hex(words[kProcessor]);
    if (!processed || !waiting || !processor || *processor >= CPU_SETSIZE) return {};
    queues[static_cast<unsigned>(*processor)] = {*processed, *waiting};
  }
  return queues;
}

Fence::Fence() : before_(read()) {
  if (before_.empty())
    throw MachineError(std::string("read ") + kPath,
                       "it does not tell how many packets wait, as Linux 5.10 and later do");
}

void Fence::wait(const Deadline& deadline) const {
  for (const auto& [processor, queue] : read()) {
    const auto before = before_.find(processor);
    const bool worked = before == before_.end() || before->second.processed != queue.processed;
    if (!worked && queue.waiting == 0) continue;
    const OnProcessor here(processor);
    if (!here.there()) continue;
    while (read()[processor].waiting != 0) {
      if (deadline.passed())
        throw MachineError("wait until all packets have been dealt with", "it takes too long");
      sched_yield();
    }
  }
}

std::map<unsigned, ReceiveQueue> Fence::read() {
  static const UniqueFd file = open_softnet_stat();
  std::string text;
  std::array<char, 4096> part;
  while (true) {
    const ssize_t length =
        pread(file.get(), part.data(), part.size(), static_cast<off_t>(text.size()));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) throw MachineError::from_errno(std::string("read ") + kPath, errno);
    if (length == 0) return read_softnet_stat(text);
    text.append(part.data(), static_cast<size_t>(length));
  }
}

}  // namespace fwproof::drive
