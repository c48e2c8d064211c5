// Reads the JSON that a client sends. nlohmann's parser comes after a look at how deep the text is nested, since it
// walks values by recursion; and a name that stands twice in an object is refused, since readers differ in which of the
// two they believe.
//
// Thread: any.
// Errors: kBadRequest: too deep, not JSON, not UTF-8, a name twice, not an object.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr int kJsonDepthMax = 64;

Result<nlohmann::json> parse_json_object(std::string_view text);

}  // namespace sojourn
