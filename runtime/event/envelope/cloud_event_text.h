// What attributes of a CloudEvent may look like, and how their values travel in HTTP fields.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {

// HTTP binding 1.0.2, 3.1.3.2: outside of printable ASCII, and space, quote and per cent, as %HH of UTF-8. Reading also
// takes a value in double quotes. Nothing: a % without two digits, or bytes that are no UTF-8.
std::string encode_field(std::string_view value);
std::optional<std::string> decode_field(std::string_view value);

// Puts an attribute into its place. kBadRequest when its name or its value cannot be one.
Status put_attribute(CloudEvent& event, std::string_view name, std::string value);
// Whether the event is whole: id, source, type, and a time that is one.
Status check_event(const CloudEvent& event);

bool is_rfc3339(std::string_view time);
bool is_utf8(std::string_view bytes);

}  // namespace sojourn
