// The tables of the journal's file, and the checksum of its rows.
//
//   event        what was accepted, with all that is needed to hand it on
//   dedupe       the names under which an event is recognised when it comes again, each with its end
//   run          what an event began; `open` counts its jobs that are not done
//   job          what is still to be done; a row goes when its job is done
//   attempt      how the attempts of open and dead jobs failed
//   letter       dead letters; the job's row stays, in state kDead
//   epoch        how often the file was opened
//
// Thread: pure functions, and the one on a Database as it says.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/database/database.h"

namespace sojourn {

// What stands in job.state and run.state.
enum class StoredJob : std::int64_t { kHeld = 0, kReady = 1, kLeased = 2, kDead = 3 };

// Makes the tables in a new file, and refuses one that a newer sojourn has laid out.
Status lay_out_journal(Database& database);

// Of a row's texts, in order; told apart at their borders.
std::int64_t row_checksum(std::initializer_list<std::string_view> texts);

}  // namespace sojourn
