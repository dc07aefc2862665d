// Kept evidence: what `--keep DIR` leaves behind for later, one folder for each case and backend.
//
//   story.txt          what the terminal showed, or would have shown
//   trace.txt          every walk, step by step
//   conntrack.txt      events in order, then the entries at the end
//   rules-NODE.txt     the rules as the kernel held them, with counters
//   NODE-DEV.pcap      everything on that device, for tcpdump and Wireshark
//
// The folder is written where nobody looks (run/keep.h), and takes its name once it is whole.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "model/finding.h"
#include "run/keep.h"

namespace fwproof::run {

class EvidenceFolder {
 public:
  /// Does nothing if `keep` is null. Throws MachineError if the folder cannot be made.
  EvidenceFolder(const Keep* keep, const Case& c, Backend backend);
  /// Takes away what is not whole.
  ~EvidenceFolder();
  EvidenceFolder(const EvidenceFolder&) = delete;
  EvidenceFolder& operator=(const EvidenceFolder&) = delete;
  EvidenceFolder(EvidenceFolder&&) = delete;
  EvidenceFolder& operator=(EvidenceFolder&&) = delete;

  /// Where to write while the case runs; empty if nothing is kept.
  const std::string& under_way() const { return under_way_; }
  /// Where it will be once finish() has returned; empty if nothing is kept.
  const std::string& path() const { return path_; }

  /// Writes the texts and gives the folder its name, in place of one from an earlier run. At no
  /// moment does a folder of that name lack anything. Throws MachineError if the disk says no.
  void finish(const CaseResult& result);

 private:
  void replace_older() const;

  std::string path_;
  std::string under_way_;
};

/// The name of a case as that of its folder: one plain file name. Two cases can share it, "nat/a"
/// and "nat_a"; run/load.h gives the cases of a run names that do not.
std::string folder_name(const std::string& case_name);

/// Every device of every node that a link ends in, and lo of every node.
std::vector<LinkEnd> devices(const Topology& topology);

/// "FOLDER/gw-eth0.pcap"
std::string pcap_path(const std::string& folder, const LinkEnd& end);

}  // namespace fwproof::run
