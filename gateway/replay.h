// Replaying begins runs of events that are kept, by what is deployed now: for a bug that was mended, or a pipeline that
// came after its events. An event that everybody hears begins a run of each trigger that it matches; one that came for
// a single pipeline, by a webhook, a schedule, a queue or a file, begins a run of those pipelines that it began before.
// Which of the two it is, its first run tells. Asynchronous calls are passed over.
//
// Thread: the journal's; replay() is called inside of its work.
// Errors: the journal's; kEventNotFound when the one event asked for is not kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/journal_engine.h"
#include "runtime/event/journal/payload_store.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

enum class ReplayMode { kBegin, kDryRun };

inline constexpr std::size_t kReplayedAtOnceMax = 1000;  // events of one request

struct ReplayWish {
  ReplayMode mode = ReplayMode::kBegin;
  std::int64_t only = 0;  // this event alone; 0: those that `which` names, the newest first
  ListFilter which;       // its `most` is set by replay()
  std::string pipeline;   // begin only runs of this one; empty: of all
  TriggerTablePtr triggers;
  EpochMs now = 0;
};

struct ReplayedRun {
  std::int64_t event = 0;
  std::string pipeline;
  std::string id;  // empty for a dry run
};

struct Replayed {
  std::size_t events = 0;  // looked at
  std::vector<ReplayedRun> runs;
  std::int64_t next = 0;  // go on before this event; 0: there are no more
};

Result<Replayed> replay(JournalEngine& journal, const PayloadStore& payloads, const ReplayWish& wish);

}  // namespace sojourn
