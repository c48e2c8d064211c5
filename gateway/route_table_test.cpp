#include "gateway/route_table.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::shared_ptr<const Function> function(const std::string& name, std::initializer_list<int> numbers, int live) {
  auto made = std::make_shared<Function>();
  made->name = name;
  made->live = live;
  for (const int number : numbers) {
    auto version = std::make_shared<Version>();
    version->function = name;
    version->number = number;
    made->versions[number] = std::move(version);
  }
  return made;
}

int resolved(const RouteTablePtr& table, std::string_view path) {
  const RouteTarget target = parse_route(path);
  const RouteEntryPtr* entry = table->find(target.name);
  REQUIRE(entry != nullptr);
  const auto version = (*entry)->resolve(target);
  return version.ok() ? (**version)->number : -1;
}

TEST_CASE("route table: a name means its live version, a reference another") {
  const auto table = RouteTable(1).with({function("hello", {1, 2, 3}, 2)}, {}, "c");
  CHECK(resolved(table, "/function/hello") == 2);
  CHECK(resolved(table, "/function/hello@live") == 2);
  CHECK(resolved(table, "/function/hello@3") == 3);
  CHECK(resolved(table, "/function/hello:1/x") == 1);
  for (const auto path : {"/function/hello@4", "/function/hello@", "/function/hello@beta", "/function/hello@03"}) {
    CHECK(resolved(table, path) == -1);
  }
}

TEST_CASE("route table: an unknown version is told with the ones there are") {
  const auto table = RouteTable(1).with({function("hello", {1, 2}, 2)}, {}, "c");
  const auto error = (*table->find("hello"))->resolve(parse_route("/function/hello@9"));
  CHECK(error.error().code() == ErrorCode::kVersionNotFound);
  CHECK(error.error().text().find("newest is 2") != std::string::npos);
}

TEST_CASE("route table: who holds the old table sees the old world") {
  const auto before = RouteTable(1).with({function("hello", {1}, 1), function("other", {1}, 1)}, {}, "c");
  const auto after = before->with({function("hello", {1, 2}, 2)}, {"other"}, "c");
  CHECK(resolved(before, "/function/hello") == 1);
  CHECK(resolved(before, "/function/other") == 1);
  CHECK(resolved(after, "/function/hello") == 2);
  CHECK(after->find("other") == nullptr);
}

TEST_CASE("route table: a function's metrics stay over its versions") {
  const auto before = RouteTable(1).with({function("hello", {1}, 1)}, {}, "c");
  const auto after = before->with({function("hello", {1, 2}, 2)}, {}, "c");
  CHECK((*before->find("hello"))->metrics == (*after->find("hello"))->metrics);
}

TEST_CASE("route table: names that share a shard do not disturb each other") {
  std::vector<std::shared_ptr<const Function>> functions;
  for (int i = 0; i < 2000; ++i) functions.push_back(function("f" + std::to_string(i), {1}, 1));
  const auto table = RouteTable(1).with(functions, {}, "c")->with({}, {"f7"}, "d");
  int seen = 0;
  table->for_each([&](const std::string&, const RouteEntry&) { ++seen; });
  CHECK(seen == 1999);
  CHECK(table->head() == "d");
  CHECK(table->find("f7") == nullptr);
  CHECK(table->find("f8") != nullptr);
}

}  // namespace
}  // namespace sojourn
