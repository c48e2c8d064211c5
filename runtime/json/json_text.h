// Reads the JSON that strangers send. Its depth is looked at before nlohmann's parser sees it, since that walks values
// by recursion; and a name that stands twice in an object is refused, since readers differ in which of the two they
// believe.
//
// Thread: any; pure functions.
// Errors: kBadRequest: too deep (the limit is named), not JSON, not UTF-8, a name twice (it is named).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr int kJsonDepthMax = 64;  // arrays and objects around one value

Result<nlohmann::json> parse_json(std::string_view text, int depth_max = kJsonDepthMax);  // any value
Result<nlohmann::json> parse_json_object(std::string_view text);

// Parts of a text as they stand there, byte for byte, which a value that was parsed and written again is not: numbers
// beyond a double keep their digits. REQUIRES: the text was parsed, as an object and as an array.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);
std::vector<std::string_view> element_texts(std::string_view array);

}  // namespace sojourn
