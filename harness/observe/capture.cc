#include "observe/capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "observe/packet_decode.h"

namespace fwproof::observe {
namespace {

constexpr size_t kDescribed = 5;
constexpr int kSnapLength = 65535;
constexpr int kMostQueued = 100'000;  // more packets than a ring holds

struct Program : bpf_program {
  Program() : bpf_program{} {}
  ~Program() { pcap_freecode(this); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

struct PcapFreer {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};
using Pcap = std::unique_ptr<pcap_t, PcapFreer>;

struct DumperFreer {
  void operator()(pcap_dumper_t* dumper) const { pcap_dump_close(dumper); }
};
using Dumper = std::unique_ptr<pcap_dumper_t, DumperFreer>;

/// libpcap's words end with those of errno(3).
MachineError refused(const std::string& attempt, const std::string& words) {
  const MachineError out_of_files = MachineError::from_errno(attempt, EMFILE);
  const bool out = words.ends_with(std::generic_category().message(EMFILE));
  return {attempt, words, out ? out_of_files.hint() : ""};
}

/// pcap_set_*() fail only on a handle that is active already.
Pcap open_pcap(const nl::Netns& netns, const std::string& dev, size_t ring,
               const std::string& attempt) {
  const nl::NetnsScope scope(netns);
  char words[PCAP_ERRBUF_SIZE] = "";
  Pcap pcap(pcap_create(dev.c_str(), words));
  if (!pcap) throw refused(attempt, words);
  pcap_set_snaplen(pcap.get(), kSnapLength);
  pcap_set_buffer_size(pcap.get(), static_cast<int>(ring));
  pcap_set_immediate_mode(pcap.get(), 1);  // a packet is readable at once, not after a time-out
  const int result = pcap_activate(pcap.get());
  if (result < 0) {
    const std::string detail = pcap_geterr(pcap.get());
    throw refused(attempt, detail.empty() ? pcap_statustostr(result) : detail);
  }
  if (pcap_setnonblock(pcap.get(), 1, words) != 0) throw MachineError(attempt, words);
  return pcap;
}

void set_filter(pcap_t* pcap, const std::string& filter, const std::string& attempt) {
  Program program;
  if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0 ||
      pcap_setfilter(pcap, &program) != 0)
    throw MachineError(attempt, pcap_geterr(pcap));
}

}  // namespace

struct Capture::State {
  std::string node;
  std::string dev;
  std::string file;
  Pcap pcap;
  Dumper dumper;
  uint64_t packets = 0;
  std::vector<std::string> first;

  ~State() {
    if (dumper) std::remove(part().c_str());
  }

  std::string name() const { return fmt::format("node '{}' dev '{}'", node, dev); }
  std::string part() const { return file + ".part"; }

  void take(const pcap_pkthdr& header, const u_char* bytes) {
    ++packets;
    if (first.size() < kDescribed) first.push_back(describe_frame({bytes, header.caplen}));
    if (dumper) pcap_dump(reinterpret_cast<u_char*>(dumper.get()), &header, bytes);
  }

  void count_drops(std::vector<std::string>& lost) {
    pcap_stat stat{};
    if (pcap_stats(pcap.get(), &stat) != 0) {
      lost.push_back(fmt::format("{}: whether the capture lost packets is not known: {}", name(),
                                 pcap_geterr(pcap.get())));
      return;
    }
    if (stat.ps_drop != 0)
      lost.push_back(fmt::format("{}: the capture lost {} packets", name(), stat.ps_drop));
  }
};

std::string check_filter(const std::string& filter) {
  const Pcap pcap(pcap_open_dead(DLT_EN10MB, kSnapLength));
  if (!pcap) throw std::bad_alloc();
  Program program;
  if (pcap_compile(pcap.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) return "";
  return pcap_geterr(pcap.get());
}

Capture::Capture(const nl::Netns& netns, std::string node, std::string dev, std::string filter,
                 std::string file, size_t ring)
    : state_(std::make_unique<State>()) {
  state_->node = std::move(node);
  state_->dev = std::move(dev);
  state_->file = std::move(file);
  const std::string attempt = fmt::format("capture on {}", state_->name());
  state_->pcap = open_pcap(netns, state_->dev, ring, attempt);
  set_filter(state_->pcap.get(), filter, attempt);
  if (state_->file.empty()) return;
  state_->dumper.reset(pcap_dump_open(state_->pcap.get(), state_->part().c_str()));
  if (!state_->dumper) throw MachineError(attempt, pcap_geterr(state_->pcap.get()));
}

Capture::~Capture() = default;
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;

int Capture::fd() const { return pcap_get_selectable_fd(state_->pcap.get()); }
void Capture::count_anew() {
  state_->packets = 0;
  state_->first.clear();
}
uint64_t Capture::packets() const { return state_->packets; }
const std::vector<std::string>& Capture::first() const { return state_->first; }

void Capture::drain(std::vector<std::string>& lost) {
  const auto each = [](u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
    reinterpret_cast<State*>(user)->take(*header, bytes);
  };
  int taken = 1;
  for (int all = 0; taken > 0 && all < kMostQueued; all += taken)
    taken = pcap_dispatch(state_->pcap.get(), kMostQueued - all, each,
                          reinterpret_cast<u_char*>(state_.get()));
  if (taken < 0)
    lost.push_back(fmt::format("{}: the capture broke off: {}", state_->name(),
                               pcap_geterr(state_->pcap.get())));
}

void Capture::finish(std::vector<std::string>& lost) {
  state_->count_drops(lost);
  if (!state_->dumper) return;
  const std::string attempt = fmt::format("write '{}'", state_->file);
  errno = 0;
  const bool flushed = pcap_dump_flush(state_->dumper.get()) == 0;
  if (!flushed || std::ferror(pcap_dump_file(state_->dumper.get())) != 0)
    throw MachineError::from_errno(attempt, errno != 0 ? errno : EIO);
  if (std::rename(state_->part().c_str(), state_->file.c_str()) != 0)
    throw MachineError::from_errno(attempt, errno);
  state_->dumper.reset();
}

}  // namespace fwproof::observe
