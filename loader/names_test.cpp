#include "loader/names.h"

#include <array>
#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("names: the grammar's edges") {
  for (std::string_view good : {"a", "hello", "word-count", "a1", "a--b"}) CHECK_MESSAGE(is_name(good), good);
  CHECK(is_name(std::string(63, 'a')));
  CHECK_FALSE(is_name(std::string(64, 'a')));
  for (std::string_view bad : {"", "-a", "a-", "1a", "A", "a_b", "a.b", "a/b", "..", "a b", "\xC3\xA9"}) {
    CHECK_MESSAGE(!is_name(bad), bad);
  }
}

TEST_CASE("names: a UUID is not a name") {
  CHECK_FALSE(is_name("a1b2c3d4-0000-4000-8000-123456789abc"));
  CHECK(is_name("a1b2c3d4-0000-4000-8000-123456789abx"));
}

TEST_CASE("names: a refusal says which rule was broken") {
  CHECK(check_name("function", "Hello").error().text() == "function name `Hello` must begin with a letter a-z");
  CHECK(check_name("function", "hello.v1").error().text() ==
        "function name `hello.v1` may hold only a-z, 0-9 and dashes");
  CHECK(check_name("function", "hello").ok());
}

TEST_CASE("names: underscores of an identifier become dashes") {
  CHECK(name_from_identifier("word_count") == "word-count");
}

TEST_CASE("names: the nearest word is offered only when it is near") {
  constexpr std::array<std::string_view, 4> words = {"memory", "timeout", "isolation", "bodyLimit"};
  CHECK(nearest("memmory", words) == "memory");
  CHECK(nearest("tiemout", words) == "timeout");
  CHECK(nearest("bodylimit", words) == "bodyLimit");
  CHECK(nearest("colour", words).empty());
  CHECK(did_you_mean("memroy", words) == ", did you mean `memory`?");
  CHECK(did_you_mean("xyz", words).empty());
}

}  // namespace sojourn
