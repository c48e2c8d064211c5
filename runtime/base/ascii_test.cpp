#include "runtime/base/ascii.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("ascii: letters alone change their case, and no byte beyond ASCII does") {
  CHECK(lower_case("AZaz@[`{09-\xC4") == "azaz@[`{09-\xC4");
  CHECK(equals_ignoring_case("Content-TYPE", "content-type"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));
  CHECK_FALSE(equals_ignoring_case("a", "ab"));
}

TEST_CASE("ascii: a hex digit has its value in either case, and nothing else has one") {
  CHECK(hex_digit('0') == 0);
  CHECK(hex_digit('f') == 15);
  CHECK(hex_digit('F') == 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', '\0'}) CHECK(hex_digit(c) == -1);
}

TEST_CASE("ascii: spaces and tabs go from the ends, and no other byte does") {
  CHECK(trimmed(" \t a b\t ") == "a b");
  CHECK(trimmed("\r\na") == "\r\na");
  CHECK(trimmed(" \t").empty());
}

}  // namespace sojourn
