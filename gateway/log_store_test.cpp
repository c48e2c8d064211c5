#include "gateway/log_store.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace sojourn {
namespace {

LogEntry entry(std::string_view text, std::string_view call_id = "c1", int version = 1) {
  return LogEntry{{}, "hello", version, call_id, LogLevel::kInfo, "stdout", text, {}};
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_CASE("log store: lines come back oldest first, as many as asked for from the end") {
  LogStore store;
  for (const auto text : {"one", "two", "three"}) store.append(entry(text));
  const std::string tail = store.tail("hello", {}, 2);
  CHECK(lines(tail) == 2);
  CHECK(tail.find("two") < tail.find("three"));
  CHECK(tail.find("one") == std::string::npos);
  CHECK(store.tail("other", {}, 10).empty());
}

TEST_CASE("log store: a line is one JSON object whatever bytes the function wrote") {
  LogStore store;
  const HeaderField field{"na\"me", "va\nlue"};
  LogEntry hostile = entry(std::string_view("a\"b\n\x1b[31m\xff\0z", 11));
  hostile.fields = {&field, 1};
  store.append(hostile);
  const std::string tail = store.tail("hello", {}, 10);
  CHECK(lines(tail) == 1);
  const auto line = nlohmann::json::parse(tail);
  CHECK(line.at("fields").at("na\"me") == "va\nlue");
  CHECK(line.at("version") == 1);
  CHECK(line.at("stream") == "stdout");
}

TEST_CASE("log store: a filter picks one call's or one version's lines") {
  LogStore store;
  store.append(entry("a", "c1", 1));
  store.append(entry("b", "c2", 2));
  CHECK(store.tail("hello", {"c2", 0}, 10).find("\"b\"") != std::string::npos);
  CHECK(lines(store.tail("hello", {"c2", 0}, 10)) == 1);
  CHECK(lines(store.tail("hello", {"", 1}, 10)) == 1);
  CHECK(lines(store.tail("hello", {"c2", 1}, 10)) == 0);
}

TEST_CASE("log store: a function keeps no more lines and bytes than its bounds") {
  LogStore store;
  for (std::size_t i = 0; i < kLogLinesMax + 10; ++i) store.append(entry("x"));
  CHECK(lines(store.tail("hello", {}, kLogLinesMax * 2)) == kLogLinesMax);
  const std::string big(kLogTextMax * 2, 'y');
  for (int i = 0; i < 100; ++i) store.append(entry(big));
  const std::string tail = store.tail("hello", {}, kLogLinesMax);
  CHECK(tail.size() <= kLogBytesMax);
  CHECK(lines(tail) > 60);
}

TEST_CASE("log store: the function silent longest loses its lines first when all are over the bound") {
  LogStore store;
  store.append(entry("kept for a while"));
  const std::string big(kLogTextMax, 'y');
  for (int function = 0; function < 70; ++function) {
    const std::string name = "f" + std::to_string(function);
    LogEntry line = entry(big);
    line.function = name;
    for (int i = 0; i < 70; ++i) store.append(line);
  }
  CHECK(store.tail("hello", {}, 1).empty());
  CHECK(lines(store.tail("f69", {}, 100)) > 50);
}

TEST_CASE("log store: a follower gets the tail, then each new line once") {
  LogStore store;
  store.append(entry("before"));
  int woken = 0;
  const auto follower = store.follow("hello", {}, 10, [&] { ++woken; });
  CHECK(lines(follower->take()) == 1);
  store.append(entry("after"));
  store.append(entry("later"));
  CHECK(woken == 1);
  const std::string taken = follower->take();
  CHECK(lines(taken) == 2);
  CHECK(taken.find("before") == std::string::npos);
  CHECK(follower->take().empty());
}

TEST_CASE("log store: a slow follower is told how many lines it lost") {
  LogStore store;
  const auto follower = store.follow("hello", {}, 0, [] {});
  const std::string big(kLogTextMax, 'y');
  for (int i = 0; i < 40; ++i) store.append(entry(big));
  const std::string taken = follower->take();
  CHECK(taken.size() < kFollowerBytesMax + 100);
  CHECK(taken.find("{\"dropped\":") != std::string::npos);
  CHECK(follower->take().empty());
}

TEST_CASE("log store: a follower that is gone costs nothing") {
  LogStore store;
  int woken = 0;
  store.follow("hello", {}, 0, [&] { ++woken; }).reset();
  store.append(entry("x"));
  CHECK(woken == 0);
}

}  // namespace
}  // namespace sojourn
