// How the admin API shows what the journal holds: one function for each kind of thing.
//
// Thread: any; pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/payload_store.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

using Json = nlohmann::ordered_json;

std::string_view name(RunState state);  // waiting running done failed cancelled
std::string_view name(JobState state);  // waiting ready running dead done
Result<RunState> parse_run_state(std::string_view name);

// As it is shown: an item of a queue that nobody takes from waits, though its run is active.
RunState shown_state(const RunView& run);

// The event's number, when it was accepted and its context attributes, as in the JSON format of CloudEvents.
Json event_head_json(const EventView& view);
// A whole event in the JSON format of CloudEvents; long data is read from the payload store. Blocks for the disk.
Result<Json> event_json(const EventRecord& record, const PayloadStore& payloads);
Json run_json(const RunView& view);
Json job_json(const JobView& view);
// A job as a step of its run. `function` is NAME@7, what the step calls; empty where it calls none. Then `callIds` has
// the id of the call of each attempt, the one under way too.
Json step_json(const RunView& run, const JobView& job, const std::string& function);
// Status, headers as an array of [name, value], and `body` when it is text, else `bodyBase64`.
Result<Json> result_json(const RunResult& result, const PayloadStore& payloads);
Json letter_json(const DeadLetter& letter);

}  // namespace sojourn
