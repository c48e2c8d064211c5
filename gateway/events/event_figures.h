// What there is to say in numbers about events: what was accepted, what waits, how jobs ended. Gathered when somebody
// asks, so that an idle server counts nothing.
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/events/came_by.h"
#include "gateway/events/journal_faults.h"
#include "gateway/prometheus_text.h"
#include "runtime/event/dispatch/dispatch_core.h"
#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

struct EventFigures {
  std::array<std::uint64_t, kWaysIn> accepted{};
  DispatchStats dispatch;
  std::vector<LaneView> lanes;
  std::optional<JournalStats> journal;  // nothing: it is not open, or did not answer
  JournalWriter::Figures batches;       // of the journal
  std::optional<JournalFault> fault;    // the last one; what it says names files of the server
  EpochMs now = 0;
};

// The families of metrics that are about events alone.
void write_events(PrometheusText& text, const EventFigures& figures);
// What waits, as samples of the family sojourn_queue_depth.
void write_lane_depths(PrometheusText& text, const EventFigures& figures);

}  // namespace sojourn
