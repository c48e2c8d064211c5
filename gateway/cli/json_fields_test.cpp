#include "gateway/cli/json_fields.h"

#include <doctest/doctest.h>

namespace sojourn::cli {

using nlohmann::json;

TEST_CASE("json fields: a member is read as a person would write it") {
  const json object = json::parse(R"({"s": "x", "n": 7, "f": 1.5, "b": true, "l": [1, 2], "z": null})");
  CHECK(text(object, "s") == "x");
  CHECK(text(object, "n") == "7");
  CHECK(text(object, "f") == "1.5");
  CHECK(text(object, "b") == "true");
  CHECK(text(object, "l") == "[1,2]");
  CHECK(text(object, "z").empty());
  CHECK(number(object, "n") == 7);
  CHECK(is_true(object, "b"));
}

TEST_CASE("json fields: what is missing or of another type reads as empty") {
  for (const char* wire : {"null", "7", "[]", "{}", R"({"items": {}, "x": {}})"}) {
    INFO(wire);
    const json value = json::parse(wire);
    CHECK(text(value, "name").empty());
    CHECK(number(value, "x") == 0);
    CHECK_FALSE(is_true(value, "x"));
    CHECK(items(value).empty());
    CHECK(joined(member(value, "x")).empty());
  }
}

TEST_CASE("json fields: an array is joined") {
  CHECK(joined(json::parse(R"(["a", 1, "b"])")) == "a, 1, b");
}

}  // namespace sojourn::cli
