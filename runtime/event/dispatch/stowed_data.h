// Long data on its way between a job and the journal: what is too long for a row goes to the payload store before the
// journal is asked to take it, and is brought back before a job begins.
//
// Thread: any; stow() and fetch() block for the disk, so not on a loop.
// Errors: kStoreUnavailable, as the payload store says it.
#pragma once

#include "runtime/base/result.h"
#include "runtime/event/dispatch/dispatch_core.h"
#include "runtime/event/journal/payload_store.h"

namespace sojourn {

bool has_long_data(const JobEnd& end);
Status stow(JobEnd& end, PayloadStore& payloads);

bool has_stowed_data(const LeasedWork& work);
Status fetch(LeasedWork& work, const PayloadStore& payloads);

}  // namespace sojourn
