// What the values of attributes may look like, and how they travel in HTTP fields.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::string_view kContentTypeAttribute = "datacontenttype";

// kBadRequest: "CloudEvent: what".
Error bad_event(const std::string& what);

bool is_event_attribute_name(std::string_view name);
// Unicode without control characters (C0, DEL, C1) and noncharacters; the specification's type String.
bool is_attribute_value(std::string_view value);

// HTTP binding 3.1.3.2: space, `"`, `%` and whatever is no printable ASCII as %HH of its UTF-8.
std::string encode_field(std::string_view value);
// The way back, one round. A value in double quotes loses them and its backslashes first, as older senders write it.
// Nothing: a `%` without two digits, or bytes that are no UTF-8.
std::optional<std::string> decode_field(std::string_view value);

}  // namespace sojourn
