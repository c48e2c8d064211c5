#include "gateway/hooks/picked_fields.h"

#include <array>
#include <doctest/doctest.h>

namespace sojourn {
namespace {

constexpr std::array<std::string_view, 4> kWanted = {"type", "a.b", "a.b.c", "n"};

std::string error_of(const std::string& json) {
  const auto fields = PickedFields::of(json, kWanted);
  return fields.ok() ? "none" : fields.error().text();
}

}  // namespace

TEST_CASE("picked fields: scalars are found by their place, and numbers keep their digits") {
  const auto fields = PickedFields::of(
      R"({"a": {"x": [{"b": 1}], "b": true}, "type": "t\u00e9", "n": 1.50e2, "list": [{"type": "no"}]})", kWanted);
  REQUIRE(fields.ok());
  CHECK(fields->text("type") == "té");
  CHECK(fields->text("a.b") == "true");
  CHECK(fields->text("n") == "1.50e2");
  CHECK(fields->text("a.b.c").empty());
}

TEST_CASE("picked fields: what only looks like the place is not taken for it") {
  for (const char* json : {R"({"a.b": 1})", R"([{"type": 1}])", R"({"x": {"type": 1}})", R"({"a": [{"b": 1}]})",
                           R"({"a": {"b": null}})", R"({"a": {"b": {}}})", R"({"": {"a": {"b": 1}}})"}) {
    CAPTURE(json);
    const auto fields = PickedFields::of(json, kWanted);
    CHECK((!fields.ok() || (fields->text("type").empty() && fields->text("a.b").empty())));
  }
}

TEST_CASE("picked fields: what is no JSON object is refused, and a place that is there twice") {
  for (const char* json : {"", "[]", "1", "\"text\"", "{", "{\"a\":}", "{} {}", "{\"a\":\"\xff\"}", "{\"a\":1,}"}) {
    CAPTURE(json);
    CHECK(error_of(json) == "the body has to be a JSON object in UTF-8");
  }
  CHECK(error_of(R"({"a": {"b": 1}, "a": {"b": 2}})") == "`a.b` stands twice in the JSON of the body");
  CHECK(error_of(R"({"other": 1, "other": 2})") == "none");
}

TEST_CASE("picked fields: depth is bounded by name, at objects and at arrays") {
  const auto nested = [](int depth, const char* open, const char* close, const char* core) {
    std::string json;
    for (int i = 0; i < depth; ++i) json += open;
    json += core;
    for (int i = 0; i < depth; ++i) json += close;
    return json;
  };
  CHECK(error_of(nested(63, R"({"a":)", "}", "{}")) == "none");
  CHECK(error_of(nested(64, R"({"a":)", "}", "{}")).find("64 levels, the limit") != std::string::npos);
  CHECK(error_of(R"({"a":)" + nested(64, "[", "]", "") + "}").find("64 levels, the limit") != std::string::npos);
  CHECK(error_of(R"({"a":)" + nested(100'000, "[", "]", "") + "}").find("64 levels") != std::string::npos);
}

}  // namespace sojourn
