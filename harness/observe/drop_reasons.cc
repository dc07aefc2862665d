#include "observe/drop_reasons.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"

namespace fwproof::observe {
namespace {

constexpr const char* kFormatFile = "events/skb/kfree_skb/format";

/// Room for about 900 drops between two looks.
constexpr size_t kRingPages = 16;

size_t mapped_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)) * (1 + kRingPages); }

std::string read_all(const UniqueFd& fd) {
  std::string text;
  std::array<char, 8192> buffer;
  for (ssize_t length = 1; length > 0;) {
    length = read(fd.get(), buffer.data(), buffer.size());
    if (length > 0) text.append(buffer.data(), static_cast<size_t>(length));
  }
  return text;
}

/// The root of tracefs, mounted nowhere: the descriptor alone holds it (fsmount(2)).
UniqueFd open_tracefs() {
  const UniqueFd context(static_cast<int>(syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC)));
  if (!context.valid()) return {};
  if (syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return {};
  return UniqueFd(static_cast<int>(syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
}

std::string read_format() {
  const UniqueFd tracefs = open_tracefs();
  if (!tracefs.valid()) return {};
  const UniqueFd file(openat(tracefs.get(), kFormatFile, O_RDONLY | O_CLOEXEC));
  return file.valid() ? read_all(file) : std::string();
}

/// "ID: 2310"
std::optional<uint64_t> read_id(std::string_view format) {
  for (const auto& line : split_lines(format))
    if (line.starts_with("ID: ")) return parse_unsigned(trim(line.substr(4)));
  return std::nullopt;
}

UniqueFd open_event(uint64_t id) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = id;
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_RAW;
  constexpr pid_t kThisThread = 0;
  constexpr int kAnyProcessor = -1;
  return UniqueFd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, kThisThread,
                                           kAnyProcessor, -1, PERF_FLAG_FD_CLOEXEC)));
}

template <typename Value>
Value value_at(const char* bytes) {
  Value value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// `size` bytes of the ring from the position `at` on, which may lie beyond its end.
std::string bytes_at(const char* ring, size_t ring_size, uint64_t at, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = ring[(at + i) % ring_size];
  return bytes;
}

}  // namespace

std::map<uint32_t, std::string> read_reason_names(std::string_view format) {
  std::map<uint32_t, std::string> names;
  size_t at = format.find("__print_symbolic(REC->reason");
  while (at != std::string_view::npos && (at = format.find('{', at)) != std::string_view::npos) {
    const size_t comma = format.find(',', at);
    const size_t open = format.find('"', at);
    const size_t close = open == std::string_view::npos ? open : format.find('"', open + 1);
    if (comma == std::string_view::npos || close == std::string_view::npos) break;
    const auto number = parse_unsigned(trim(format.substr(at + 1, comma - at - 1)));
    if (number) names[static_cast<uint32_t>(*number)] = format.substr(open + 1, close - open - 1);
    at = close;
  }
  return names;
}

std::optional<size_t> read_reason_offset(std::string_view format) {
  for (const auto& line : split_lines(format)) {
    const size_t name = line.find(" reason;");
    const size_t offset = line.find("offset:");
    if (name == std::string::npos || offset == std::string::npos) continue;
    const size_t end = line.find(';', offset);
    if (line.find("size:4;") == std::string::npos || end == std::string::npos) return std::nullopt;
    return parse_unsigned(line.substr(offset + 7, end - offset - 7));
  }
  return std::nullopt;
}

void DropReasons::Unmapper::operator()(void* pages) const { munmap(pages, mapped_bytes()); }

std::unique_ptr<DropReasons> DropReasons::open() {
  const std::string format = read_format();
  const auto id = read_id(format);
  const auto offset = read_reason_offset(format);
  std::unique_ptr<DropReasons> made(new DropReasons);
  made->names_ = read_reason_names(format);
  if (!id || !offset || made->names_.empty()) return nullptr;
  made->reason_offset_ = *offset;
  made->event_ = open_event(*id);
  if (!made->event_.valid()) return nullptr;
  void* pages =
      mmap(nullptr, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, made->event_.get(), 0);
  if (pages == MAP_FAILED) return nullptr;
  made->pages_.reset(pages);
  return made;
}

DropReasons* DropReasons::of_this_thread() {
  thread_local const std::unique_ptr<DropReasons> reasons = open();
  return reasons.get();
}

bool DropReasons::drain(std::vector<std::string>& reasons) {
  auto* control = static_cast<perf_event_mmap_page*>(pages_.get());
  const char* ring = static_cast<const char*>(pages_.get()) + control->data_offset;
  const size_t size = control->data_size;
  // The order of reads and writes that perf_event_open(2) asks for.
  const uint64_t head = std::atomic_ref(control->data_head).load(std::memory_order_acquire);
  uint64_t tail = control->data_tail;
  bool whole = true;
  while (tail < head) {
    const auto header =
        value_at<perf_event_header>(bytes_at(ring, size, tail, sizeof(perf_event_header)).data());
    const std::string record = bytes_at(ring, size, tail, header.size);
    tail += header.size;
    if (header.type == PERF_RECORD_LOST) whole = false;
    // The sample is the size of the tracepoint's record in 32 bits, then the record.
    const size_t at = sizeof header + sizeof(uint32_t) + reason_offset_;
    if (header.type != PERF_RECORD_SAMPLE || at + sizeof(uint32_t) > record.size()) continue;
    const auto name = names_.find(value_at<uint32_t>(record.data() + at));
    if (name != names_.end()) reasons.push_back(name->second);
  }
  std::atomic_ref(control->data_tail).store(tail, std::memory_order_release);
  return whole;
}

}  // namespace fwproof::observe
