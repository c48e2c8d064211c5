// Redriving has the step of a dead letter tried again. Its run then keeps to what is deployed now, since a letter is
// mostly redriven after the fault was mended; where a pipeline no longer has the step, or nothing of that name is
// deployed, to what it began with.
//
// Thread: the journal's; these are called inside of its work. The route table is immutable.
// Errors: the journal's.
#pragma once

#include <string>

#include "gateway/route_table.h"
#include "runtime/base/result.h"
#include "runtime/event/journal/journal_engine.h"

namespace sojourn {

// What the letter's run would keep to if it began now.
std::string live_definition(const RouteTable& routes, const DeadLetter& letter);

// `routes` null: the run keeps to what it began with. False: the letter is gone.
Result<bool> redrive(JournalEngine& journal, const DeadLetter& letter, const RouteTable* routes, EpochMs now);

}  // namespace sojourn
