// Data that is too long for a row goes to the payload store before the row that names it: keep_long_data() moves what
// is longer than kInlineDataMax, in the writer's work, before the journal is asked to take it.
//
//   journal.ask<Accepted>(WorkKind::kAccepts, loop, [acceptance, &payloads](JournalEngine& engine) mutable {
//     if (Status kept = keep_long_data(payloads, acceptance); !kept.ok()) return Result<Accepted>(kept.error());
//     return engine.accept(acceptance, now); }, done);
//
// Thread: any. What was moved once stays as it is, so that work which runs again may call it again.
// Errors: those of the PayloadStore; then some of it may have been moved, and still says the same.
#pragma once

#include "runtime/base/result.h"
#include "runtime/event/journal/payload_store.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

// Whether there is anything to move.
bool has_long_data(const EventRecord& record);
bool has_long_data(const JobSpec& job);
bool has_long_data(const RunSpec& run);
bool has_long_data(const Acceptance& acceptance);
bool has_long_data(const RunResult& result);
bool has_long_data(const Completion& completion);
bool has_long_data(const Aftermath& after);

Status keep_long_data(PayloadStore& payloads, EventRecord& record);
Status keep_long_data(PayloadStore& payloads, JobSpec& job);
Status keep_long_data(PayloadStore& payloads, RunSpec& run);
Status keep_long_data(PayloadStore& payloads, Acceptance& acceptance);
Status keep_long_data(PayloadStore& payloads, RunResult& result);
Status keep_long_data(PayloadStore& payloads, Completion& completion);
Status keep_long_data(PayloadStore& payloads, Aftermath& after);

// The whole data, wherever it is.
Result<std::string> data_of(const PayloadStore& payloads, const EventRecord& record);
Result<std::string> body_of(const PayloadStore& payloads, const RunResult& result);

}  // namespace sojourn
