#include "runtime/base/rfc3339.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("rfc3339: a time is read whatever its offset, fraction and case") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("2026-11-22T12:00:00.25Z") == 1'795'348'800'250);
  CHECK(parse_rfc3339("2026-11-22t13:30:00.250999+01:30") == 1'795'348'800'250);
  CHECK(parse_rfc3339("2026-11-22 07:00:00.250-05:00") == 1'795'348'800'250);
  CHECK(parse_rfc3339("1969-12-31T23:59:59z") == -1000);
}

TEST_CASE("rfc3339: a leap second counts as the second after it") {
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST_CASE("rfc3339: what is no point in time is not read") {
  for (const char* text : {"", "2026", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22T12:00Z", "2026-02-30T12:00:00Z",
                           "2026-13-01T12:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z",
                           "2026-11-22T12:00:61Z", "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00+1:00",
                           "2026-11-22T12:00:00+24:00", "2026-11-22T12:00:00Z ", "+026-11-22T12:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("rfc3339: what was written reads back") {
  CHECK(rfc3339_of_ms(0) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339_of_ms(-1) == "1969-12-31T23:59:59.999Z");
  for (const std::int64_t ms : {1'795'348'800'250, 951'782'400'000, 253'402'300'799'999}) {
    CHECK(parse_rfc3339(rfc3339_of_ms(ms)) == ms);
  }
}

}  // namespace sojourn
