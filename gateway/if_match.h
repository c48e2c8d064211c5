// If-Match on a change of a function: the change is made only when the function's live version has that number.
//
// Thread: any; pure functions.
// Errors: kBadRequest for another form, kConflict when the number is another.
#pragma once

#include <optional>
#include <string_view>

#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

// The number in the field's value, `"7"` or `7`; nothing when the field is absent. 0 means that there is no function.
Result<std::optional<int>> parse_if_match(std::string_view value);

Status check_if_match(std::optional<int> expected, const Deployments& now, std::string_view function);

}  // namespace sojourn
