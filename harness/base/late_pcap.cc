// The functions of libpcap that are used, found when the first of them is called.
#include <pcap/pcap.h>

#include "base/late_library.h"

namespace {

/// The second is Debian's name of the same.
const fwproof::LateLibrary& libpcap() {
  static const fwproof::LateLibrary library({"libpcap.so.1", "libpcap.so.0.8"},
                                            "apt-get install libpcap0.8");
  return library;
}

}  // namespace

#define LATE(...) FWPROOF_LATE(libpcap(), __VA_ARGS__)

LATE(pcap_t*, pcap_create, (const char* dev, char* words), (dev, words))
LATE(pcap_t*, pcap_open_dead, (int link, int length), (link, length))
LATE(pcap_t*, pcap_fopen_offline, (FILE * file, char* words), (file, words))
LATE(void, pcap_close, (pcap_t * pcap), (pcap))
LATE(int, pcap_set_snaplen, (pcap_t * pcap, int length), (pcap, length))
LATE(int, pcap_set_buffer_size, (pcap_t * pcap, int size), (pcap, size))
LATE(int, pcap_set_immediate_mode, (pcap_t * pcap, int on), (pcap, on))
LATE(int, pcap_activate, (pcap_t * pcap), (pcap))
LATE(int, pcap_setnonblock, (pcap_t * pcap, int on, char* words), (pcap, on, words))
LATE(char*, pcap_geterr, (pcap_t * pcap), (pcap))
LATE(const char*, pcap_statustostr, (int status), (status))
LATE(int, pcap_compile,
     (pcap_t * pcap, bpf_program* program, const char* text, int optimise, bpf_u_int32 mask),
     (pcap, program, text, optimise, mask))
LATE(int, pcap_setfilter, (pcap_t * pcap, bpf_program* program), (pcap, program))
LATE(void, pcap_freecode, (bpf_program * program), (program))
LATE(int, pcap_stats, (pcap_t * pcap, pcap_stat* stat), (pcap, stat))
LATE(int, pcap_get_selectable_fd, (pcap_t * pcap), (pcap))
LATE(int, pcap_dispatch, (pcap_t * pcap, int count, pcap_handler handler, u_char* user),
     (pcap, count, handler, user))
LATE(int, pcap_next_ex, (pcap_t * pcap, pcap_pkthdr** header, const u_char** bytes),
     (pcap, header, bytes))
LATE(int, pcap_datalink, (pcap_t * pcap), (pcap))
LATE(const char*, pcap_datalink_val_to_name, (int link), (link))
LATE(pcap_dumper_t*, pcap_dump_open, (pcap_t * pcap, const char* path), (pcap, path))
LATE(void, pcap_dump, (u_char * dumper, const pcap_pkthdr* header, const u_char* bytes),
     (dumper, header, bytes))
LATE(int, pcap_dump_flush, (pcap_dumper_t * dumper), (dumper))
LATE(FILE*, pcap_dump_file, (pcap_dumper_t * dumper), (dumper))
LATE(void, pcap_dump_close, (pcap_dumper_t * dumper), (dumper))
