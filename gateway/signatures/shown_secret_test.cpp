#include "gateway/signatures/shown_secret.h"

#include <doctest/doctest.h>
#include <vector>

#include "runtime/crypto/sha256.h"

namespace sojourn {

TEST_CASE("shown secret: a field that stands twice counts as none") {
  const std::vector<HeaderField> headers = {{"x-token", "a"}, {"x-twice", "b"}, {"x-twice", "b"}};
  CHECK(only_field(headers, "x-token") == "a");
  CHECK_FALSE(only_field(headers, "x-twice"));
  CHECK_FALSE(only_field(headers, "x-other"));
}

TEST_CASE("shown secret: the scheme of Authorization is read in either case, and another one is none") {
  const auto sent = [](std::string_view value) {
    const HeaderField field = {"authorization", value};
    return authorization_of({&field, 1}, "bearer");
  };
  CHECK(sent("Bearer abc") == "abc");
  CHECK(sent("bEARER   a b") == "a b");
  for (const char* value : {"", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "abc"}) {
    CAPTURE(value);
    CHECK(sent(value).empty());
  }
}

TEST_CASE("shown secret: any of several opens, and nothing but them") {
  const std::vector<Digest> known = {Sha256::of("new"), Sha256::of("old")};
  CHECK(is_one_of(known, "old"));
  CHECK(is_one_of(known, "new"));
  for (const char* other : {"", "ne", "neww", "NEW"}) CHECK_FALSE(is_one_of(known, other));
  CHECK_FALSE(is_one_of({}, "new"));
}

}  // namespace sojourn
