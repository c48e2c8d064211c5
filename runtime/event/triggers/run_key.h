// The key of a run: what its pipeline's references name in the event, as one text. Runs of a pipeline with one key go
// one after the other.
//
// One reference gives its value's text; several give a JSON array of theirs, so that no two different lists make the
// same key. A reference without a value, or with an empty text alone, makes no key: the run is in no order with others.
//
// Thread: pure functions.
#pragma once

#include <span>
#include <string>

#include "runtime/event/triggers/event_values.h"

namespace sojourn {

inline constexpr std::size_t kRunKeyMax = 256;  // bytes; what is longer is known by its hash, as sha256:HEX

std::string run_key(std::span<const std::string> references, EventValues& values);

}  // namespace sojourn
