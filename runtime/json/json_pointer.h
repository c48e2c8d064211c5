// Finds a value in JSON by a JSON Pointer (RFC 6901): `/user/id`, `/items/0`, `~1` for a slash and `~0` for a tilde in
// a name.
//
// Thread: any; a pure function.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace sojourn {

// Null when nothing stands there, or when it is no pointer. The value lives in `root`.
const nlohmann::json* json_at(const nlohmann::json& root, std::string_view pointer);

}  // namespace sojourn
