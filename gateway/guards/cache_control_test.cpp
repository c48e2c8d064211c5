#include "gateway/guards/cache_control.h"

#include <doctest/doctest.h>
#include <vector>

namespace sojourn {
namespace {

using namespace std::chrono_literals;

CacheControl control(std::string_view value) {
  const HeaderField fields[] = {{"cache-control", value}};
  return cache_control_of(fields);
}

}  // namespace

TEST_CASE("cache control: directives are read in any case, with blanks and quotes around") {
  const CacheControl read = control(" Public ,max-age=60,  S-MaxAge=\"120\" , stale-while-revalidate=5");
  CHECK(read.is_public);
  CHECK(read.max_age == 60s);
  CHECK(read.s_maxage == 120s);
  CHECK(read.stale_while_revalidate == 5s);
  CHECK_FALSE(read.no_store);
}

TEST_CASE("cache control: what is not understood is passed over, also with commas in quotes") {
  const CacheControl read = control("community=\"UCI, no-store\", , =, no-cache=\"set-cookie, x\", must-revalidate");
  CHECK_FALSE(read.no_store);
  CHECK(read.no_cache);
  CHECK(read.must_revalidate);
  CHECK_FALSE(control("\"").no_store);
  CHECK_FALSE(control("a=\"\\").no_store);
}

TEST_CASE("cache control: a time that is no number is over, a huge one is a year, and the shorter of two holds") {
  CHECK(control("max-age=soon").max_age == 0s);
  CHECK(control("max-age").max_age == 0s);
  CHECK(control("max-age=-5").max_age == 0s);
  CHECK(control("max-age=99999999999999999999").max_age == 365 * 24h);
  CHECK(control("max-age=60, max-age=5").max_age == 5s);
  CHECK(control("max-stale").max_stale == 365 * 24h);
  CHECK(control("max-stale=3").max_stale == 3s);
}

TEST_CASE("cache control: several fields are one, and Pragma counts where there is none") {
  const HeaderField two[] = {{"cache-control", "no-store"}, {"cache-control", "max-age=1"}};
  CHECK(cache_control_of(two).no_store);
  CHECK(cache_control_of(two).max_age == 1s);
  const HeaderField pragma[] = {{"pragma", "no-cache"}};
  CHECK(cache_control_of(pragma).no_cache);
  const HeaderField both[] = {{"pragma", "no-cache"}, {"cache-control", "max-age=1"}};
  CHECK_FALSE(cache_control_of(both).no_cache);
}

TEST_CASE("cache control: a date is read in the form that is to be sent, and nothing else is") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK_FALSE(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT").has_value());
  CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:37 UTC").has_value());
  CHECK_FALSE(parse_http_date("Sun, xx Nov 1994 08:49:37 GMT").has_value());
  CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 25:49:37 GMT").has_value());
  CHECK_FALSE(parse_http_date("0").has_value());
}

TEST_CASE("cache control: entity tags are compared without regard to W/") {
  CHECK(names_entity_tag("\"a\", W/\"b\"", "\"b\""));
  CHECK(names_entity_tag("\"a\"", "W/\"a\""));
  CHECK(names_entity_tag("\"x,y\"", "\"x,y\""));
  CHECK(names_entity_tag(" * ", "\"a\""));
  CHECK_FALSE(names_entity_tag("\"a\"", "\"b\""));
  CHECK_FALSE(names_entity_tag("", ""));
  CHECK_FALSE(names_entity_tag("\"a\"", ""));
}

}  // namespace sojourn
