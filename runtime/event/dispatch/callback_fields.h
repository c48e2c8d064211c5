// The header fields of a callback: the reply's own, as the function gave them, and beside them whose result it is.
//
// Left out of the reply's are fields that frame a message or speak of one connection, that the platform says itself
// (X-Call-Id, X-Function-*, X-Duration-Seconds, X-Start-Time, X-Sojourn-*, Sojourn-Attempt, Idempotency-Key), whose
// values cannot stand in a request, and what goes beyond kReplyFieldsMax.
//
// Thread: any; a pure function.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

inline constexpr std::size_t kReplyFieldsMax = 48u << 10;  // bytes; the rest is room for the platform's own

// Names are lower-case. `call`: the callback's input.
std::vector<std::pair<std::string, std::string>> callback_fields(const StoredCall& call, const RunResult& result);

}  // namespace sojourn
