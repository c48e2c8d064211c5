// The tables of the journal's file, and the checksum of its rows; docs/journal.md has a page on both.
//
//   event        what was accepted, with all that is needed to hand it on
//   dedupe       the names under which an event is recognised when it comes again, each with its end; the newest stand
//                in their event's row alone (NameBook)
//   run          what an event began; `open` counts its jobs that have not ended
//   job          its jobs, those that have ended too; one that is leased stands as ready (LeaseBook)
//   input        what a job sees when that is not the run's event; goes when the job is done
//   attempt      how attempts failed
//   result       what a run answered
//   letter       dead letters; the job's row stays, in state kDead
//   mark         a number under a name
//   number       how often the file was opened, up to which event names are in `dedupe`, and the last number that each
//                kind of row was given, of which rows may be gone
//
// Thread: pure functions, and the one on a Database as it says.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/database/database.h"

namespace sojourn {

inline constexpr std::int64_t kJournalSchema = 4;  // those before it stood in no release

// Makes the tables in a new file, takes an older one to the present schema, and refuses one that a newer sojourn has
// laid out. `steps` are those of the product but in the test of them.
Status lay_out_journal(Database& database);
Status lay_out_journal(Database& database, std::span<const SchemaStep> steps);

// Where a run stands among those of its pipeline with the same key.
enum class Place : std::int64_t { kInNoLine = 0, kAtCounter = 1, kWaiting = 2 };

// Of a row's members, in order; texts are told apart at their borders. It finds out damage, not forgery: who can write
// the file can write the checksum too. So it is made for speed, sixteen bytes by one multiplication.
class RowChecksum {
 public:
  RowChecksum& add(std::int64_t number);
  RowChecksum& add(std::string_view text);
  std::int64_t finish() const;

 private:
  void mix(std::uint64_t one, std::uint64_t other);

  std::uint64_t state_ = 0;
};

}  // namespace sojourn
