#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "fuzz/targets.h"
#include "parse/parse.h"
#include "parse/pcap_file.h"
#include "parse/rules.h"

namespace fwproof::fuzz {
namespace {

namespace fs = std::filesystem;

/// A folder of this process alone, for files that are read by their names.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "fwproof-fuzz-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    path_ = name;
    parse::set_data_root(FWPROOF_SOURCE_DIR);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;

  std::string write(const char* name, std::span<const uint8_t> bytes) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  std::string path_;
};

template <typename Read>
void read_and_complain(const Read& read) {
  static const Folder folder;
  try {
    read(folder);
  } catch (const BadInput& bad) {
    if (bad.diagnostics().empty()) std::abort();
    must_be_printable(bad.what());
  }
}

}  // namespace

void take_topology(std::span<const uint8_t> bytes) {
  read_and_complain(
      [&](const Folder& folder) { parse::load_topology(folder.write("net.yaml", bytes)); });
}

void take_capture(std::span<const uint8_t> bytes) {
  try {
    parse::read_pcap({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "", "a.pcap");
  } catch (const parse::BadCapture& bad) {
    must_be_printable(bad.message);
  }
}

void take_case(std::span<const uint8_t> bytes) {
  read_and_complain(
      [&](const Folder& folder) { parse::load_case(folder.write("case.yaml", bytes), ""); });
}

void take_rules(std::span<const uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  try {
    parse::scan_nft("a.nft", text);
  } catch (const BadInput&) {  // it names fwproof's own table
  }
  parse::scan_iptables("a.rules", text, Family::ip);
  read_and_complain(
      [&](const Folder& folder) { parse::load_rules(folder.write("gw.rules", bytes)); });
}

}  // namespace fwproof::fuzz
