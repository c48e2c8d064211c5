// Points in time as text, by RFC 3339: `2026-11-22T12:00:00Z`, `2026-11-22T12:00:00.250+01:00`.
//
// Thread: any; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

// Milliseconds since 1970, finer digits cut off; a leap second counts as the second after it. Nothing when it is not
// such a text, or no such day or time of day exists.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// In UTC with milliseconds: 2026-01-31T09:00:00.000Z. REQUIRES: a year of 0 to 9999.
std::string rfc3339_of_ms(std::int64_t since_1970_ms);

}  // namespace sojourn
