// The body of a reply that the platform itself makes of an error: `{"error":{"code","message","callId"}}` and a line's
// end. The same whether a client sees it or a decorator whose inner link failed.
//
// Thread: any; pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/error.h"

namespace sojourn {

inline constexpr std::string_view kErrorHeader = "x-sojourn-error";

std::string error_body(ErrorCode code, std::string_view text, std::string_view call_id);

}  // namespace sojourn
