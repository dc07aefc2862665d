// All points of observation of one lab, read together.
#pragma once

#include <poll.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lab/lab.h"
#include "model/case.h"
#include "model/seen.h"
#include "observe/capture.h"
#include "observe/conntrack_tap.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::run {

/// A capture that is asked for: one for each check, and with kept evidence one for each device.
struct CaptureWanted {
  std::string node;
  std::string dev;
  std::string filter;
  std::string file;  // empty: count only
};

class Taps {
 public:
  /// `legacy`: also hear what legacy tables say.
  Taps(const Topology& topology, const lab::Lab& lab, bool legacy,
       const std::vector<CaptureWanted>& captures);

  /// One more capture, from now on.
  void capture(const lab::Lab& lab, const CaptureWanted& wanted);

  std::vector<pollfd> waits() const;

  /// Takes all that is queued; returns the trace messages, keeps the rest.
  std::vector<TraceEvent> drain();

  /// After the last flow: entries as they are now, captures closed, losses noted.
  void finish(Seen& seen);

 private:
  struct NodeTaps {
    std::string node;
    bool tracks;  // connection tracking was asked for in the topology
    observe::TraceTable table;
    observe::TraceTap trace;
    observe::ConntrackTap conntrack;
  };

  void read_entries(Seen& seen);

  std::vector<std::unique_ptr<NodeTaps>> nodes_;
  std::vector<std::unique_ptr<observe::Capture>> captures_;
  std::vector<CaptureWanted> wanted_;
  std::vector<ConntrackEvent> conntrack_events_;
  std::vector<std::string> lost_;
};

}  // namespace fwproof::run
