#include "gateway/route_table.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

void put(Deployments& deployments, const std::string& name, std::initializer_list<int> numbers, int live) {
  auto function = std::make_shared<Function>();
  function->name = name;
  function->live = live;
  for (const int number : numbers) {
    auto version = std::make_shared<Version>();
    version->function = name;
    version->number = number;
    function->versions[number] = std::move(version);
  }
  deployments.functions[name] = std::move(function);
}

int resolved(const RouteTablePtr& table, std::string_view path) {
  const RouteTarget target = parse_route(path);
  const RouteEntryPtr* entry = table->find(target.name);
  REQUIRE(entry != nullptr);
  const auto version = (*entry)->resolve(target);
  return version.ok() ? (**version)->number : -1;
}

TEST_CASE("route table: a name means its live version, a reference another") {
  Deployments deployments;
  put(deployments, "hello", {1, 2, 3}, 2);
  const auto table = RouteTable(1).with(deployments, {"hello"});
  CHECK(resolved(table, "/function/hello") == 2);
  CHECK(resolved(table, "/function/hello@live") == 2);
  CHECK(resolved(table, "/function/hello@3") == 3);
  CHECK(resolved(table, "/function/hello:1/x") == 1);
  for (const auto path : {"/function/hello@4", "/function/hello@", "/function/hello@beta", "/function/hello@03"}) {
    CHECK(resolved(table, path) == -1);
  }
}

TEST_CASE("route table: an unknown version is told with the ones there are") {
  Deployments deployments;
  put(deployments, "hello", {1, 2}, 2);
  const auto table = RouteTable(1).with(deployments, {"hello"});
  const auto error = (*table->find("hello"))->resolve(parse_route("/function/hello@9"));
  CHECK(error.error().code() == ErrorCode::kVersionNotFound);
  CHECK(error.error().text().find("newest is 2") != std::string::npos);
}

TEST_CASE("route table: who holds the old table sees the old world") {
  Deployments deployments;
  put(deployments, "hello", {1}, 1);
  put(deployments, "other", {1}, 1);
  const auto before = RouteTable(1).with(deployments, {"hello", "other"});
  put(deployments, "hello", {1, 2}, 2);
  deployments.functions.erase("other");
  const auto after = before->with(deployments, {"hello", "other"});
  CHECK(resolved(before, "/function/hello") == 1);
  CHECK(resolved(before, "/function/other") == 1);
  CHECK(resolved(after, "/function/hello") == 2);
  CHECK(after->find("other") == nullptr);
}

TEST_CASE("route table: a function's metrics stay over its versions") {
  Deployments deployments;
  put(deployments, "hello", {1}, 1);
  const auto before = RouteTable(1).with(deployments, {"hello"});
  put(deployments, "hello", {1, 2}, 2);
  const auto after = before->with(deployments, {"hello"});
  CHECK((*before->find("hello"))->metrics == (*after->find("hello"))->metrics);
}

TEST_CASE("route table: names that share a shard do not disturb each other") {
  Deployments deployments;
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back("f" + std::to_string(i));
  for (const auto& name : names) put(deployments, name, {1}, 1);
  auto table = RouteTable(1).with(deployments, names);
  deployments.functions.erase("f7");
  table = table->with(deployments, {"f7"});
  int seen = 0;
  table->for_each([&](const std::string&, const RouteEntry&) { ++seen; });
  CHECK(seen == 1999);
  CHECK(table->find("f7") == nullptr);
  CHECK(table->find("f8") != nullptr);
}

}  // namespace
}  // namespace sojourn
