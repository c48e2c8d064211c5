// By which way an event came into the journal; what sojourn_events_accepted_total counts by.
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sojourn {

enum class CameBy {
  kEvents,    // POST /events
  kQueues,    // POST /queues/NAME
  kHook,      // a webhook
  kSchedule,  // a cron trigger
  kFiles,     // a files trigger
  kEmitted,   // a call's emit or enqueue
  kCall,      // an asynchronous call
  kOutcome,   // how a call of a followed function ended
};
inline constexpr std::size_t kWaysIn = 8;

// As metrics say it.
inline constexpr std::array<std::string_view, kWaysIn> kWayNames = {"events", "queues",  "hook",  "cron",
                                                                    "files",  "emitted", "async", "function"};

}  // namespace sojourn
