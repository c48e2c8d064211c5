// What a Cache-Control field says (RFC 9111, 5.2), in a request or a reply, and the dates that go with it.
//
// Thread: any; pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/base/header_field.h"

namespace sojourn {

using CacheSeconds = std::optional<std::chrono::seconds>;

// A directive that is not understood is passed over. A time that is no number counts as 0, one too large as a year;
// no-cache and private with field names count as without, which is the careful reading.
struct CacheControl {
  bool no_store = false;
  bool no_cache = false;
  bool is_private = false;
  bool is_public = false;
  bool must_revalidate = false;  // or proxy-revalidate
  bool only_if_cached = false;
  CacheSeconds max_age;
  CacheSeconds s_maxage;
  CacheSeconds stale_while_revalidate;
  CacheSeconds stale_if_error;
  CacheSeconds min_fresh;
  CacheSeconds max_stale;  // without a value: a year
};

// Of all Cache-Control fields together; a request's Pragma: no-cache where there is none.
CacheControl cache_control_of(std::span<const HeaderField> headers);

// Seconds since the epoch; only the form that RFC 9110 wants sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::optional<std::int64_t> parse_http_date(std::string_view text);

// The first field of that name, or an empty view.
std::string_view field_of(std::span<const HeaderField> headers, std::string_view name);

// Whether `list`, an If-None-Match, names the tag or is `*`; W/ does not matter (RFC 9110, 13.1.2).
bool names_entity_tag(std::string_view list, std::string_view tag);

}  // namespace sojourn
