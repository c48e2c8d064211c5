// What a CallReference means for one call.
//
// Thread: any; pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/call_reference.h"
#include "runtime/call/caller.h"

namespace sojourn {

// The referenced value, or nothing when the call has none. The view is into the request, or into `decoded`, which is
// written to only for a query parameter with an escape in it.
std::optional<std::string_view> value_of(const CallReference& reference, const RequestView& request,
                                         std::string& decoded);

}  // namespace sojourn
