#include "gateway/http/target.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("target: a plain path is a view of what was sent") {
  const std::string_view sent = "/function/hello?name=Ada";
  std::string decoded;
  const Result<Target> target = parse_target(sent, "GET", "h", decoded);
  REQUIRE(target.ok());
  CHECK(target->path == "/function/hello");
  CHECK(target->path.data() == sent.data());
  CHECK(target->query == "name=Ada");
}

TEST_CASE("target: dot segments are resolved after decoding, and never leave the root") {
  const auto path = [](std::string_view sent) {
    std::string decoded;
    const Result<Target> target = parse_target(sent, "GET", "h", decoded);
    return target.ok() ? std::string(target->path) : target.error().text();
  };
  CHECK(path("/a/b/c/./../../g") == "/a/g");
  CHECK(path("/.") == "/");
  CHECK(path("/..") == "/");
  CHECK(path("/a/.") == "/a/");
  CHECK(path("/a/..") == "/");
  CHECK(path("/a/../..") == "/");
  CHECK(path("/a/../../../etc/passwd") == "/etc/passwd");
  CHECK(path("/%2e%2e/%2e%2e/etc") == "/etc");
  CHECK(path("/...") == "/...");
  CHECK(path("//..") == "/");
  CHECK(path("/a//../b") == "/a/b");
  CHECK(path("/%") == "the path holds a % that is not followed by two hexadecimal digits");
}

}  // namespace sojourn
