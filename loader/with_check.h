// Holds a decorator's `with` against the schema that its object declares.
//
// Thread: any; pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

// The configuration with what the schema has defaults for. An empty schema takes anything; an empty `with` stands for
// a mapping without members where there is a schema.
// Errors: kRefused; `PATH: what` with the path of members, or `what` for the whole.
Result<std::string> fit_with(std::string_view schema, std::string_view with);

}  // namespace sojourn
