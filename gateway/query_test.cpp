#include "gateway/query.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

TEST_CASE("query: fields are decoded, and the first of a name counts") {
  const auto query = Query::parse("a=1&b%5B=x+y%26z&a=2&&flag");
  REQUIRE(query.ok());
  CHECK(query->find("a") == "1");
  CHECK(query->find("b[") == "x y&z");
  CHECK(query->find("flag") == "");
  CHECK_FALSE(query->find("c").has_value());
  CHECK(query->all().size() == 4);
}

TEST_CASE("query: bad escapes, NUL and too many fields are refused") {
  CHECK_FALSE(Query::parse("a=%zz").ok());
  CHECK_FALSE(Query::parse("a=%4").ok());
  CHECK_FALSE(Query::parse("a=%00").ok());
  std::string many;
  for (std::size_t i = 0; i <= kQueryFieldsMax; ++i) many += "a=1&";
  CHECK(Query::parse(many).error().text().find("200") != std::string::npos);
}

TEST_CASE("query: a flag is true or false and nothing else") {
  const auto query = Query::parse("a=true&b&c=0&d=maybe");
  CHECK(*query->flag("a"));
  CHECK(*query->flag("b"));
  CHECK_FALSE(*query->flag("c"));
  CHECK_FALSE(*query->flag("absent"));
  CHECK_FALSE(query->flag("d").ok());
}

TEST_CASE("query: a number keeps within its bounds, which the refusal names") {
  const auto query = Query::parse("limit=50&big=5000&word=x&trail=5x");
  CHECK(*query->number("limit", 100, 1, 1000) == 50);
  CHECK(*query->number("absent", 100, 1, 1000) == 100);
  CHECK(query->number("big", 100, 1, 1000).error().text().find("1 to 1000") != std::string::npos);
  CHECK_FALSE(query->number("word", 100, 1, 1000).ok());
  CHECK_FALSE(query->number("trail", 100, 1, 1000).ok());
}

}  // namespace
}  // namespace sojourn
