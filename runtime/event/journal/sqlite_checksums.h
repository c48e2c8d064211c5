// The checksum of each kind of row: over what never changes in it, its own number included, so that a row which stands
// in another's place is found out too.
//
// Thread: any; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/event/journal/name_book.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

std::int64_t record_checksum(std::int64_t number, const EventRecord& record);
std::int64_t run_checksum(std::int64_t run, std::int64_t event, const RunSpec& spec);  // but its jobs
std::int64_t job_checksum(std::int64_t job, std::string_view step);                    // its number says which run
std::int64_t result_checksum(std::int64_t run, const RunResult& result);
// What stands for a name under which an event is recognised: short, since there is one for every event.
std::string_view bytes_of(const NameDigest& name);
NameDigest name_digest(std::string_view name);
std::int64_t mark_checksum(std::string_view name, std::int64_t value);

}  // namespace sojourn
