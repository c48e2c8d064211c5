#include "runtime/json/json_pointer.h"

#include <doctest/doctest.h>

using namespace sojourn;

TEST_CASE("json pointer: the examples of RFC 6901 find what they name") {
  const auto root = nlohmann::json::parse(
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  CHECK(json_at(root, "") == &root);
  CHECK(*json_at(root, "/foo/1") == "baz");
  CHECK(*json_at(root, "/") == 0);
  CHECK(*json_at(root, "/a~1b") == 1);
  CHECK(*json_at(root, "/c%d") == 2);
  CHECK(*json_at(root, "/e^f") == 3);
  CHECK(*json_at(root, "/i\\j") == 5);
  CHECK(*json_at(root, "/k\"l") == 6);
  CHECK(*json_at(root, "/ ") == 7);
  CHECK(*json_at(root, "/m~0n") == 8);
}

TEST_CASE("json pointer: where nothing stands, and what is no pointer, finds nothing") {
  const auto root = nlohmann::json::parse(R"({"a":[{"b":1}],"~":1})");
  for (const char* pointer : {"a", "/b", "/a/1", "/a/-", "/a/00", "/a/0x", "/a/+0", "/a/", "/a/99999999999999999999",
                              "/a/0/b/c", "/~", "/~2", "/a/0/c"}) {
    CAPTURE(std::string(pointer));
    CHECK(json_at(root, pointer) == nullptr);
  }
}
