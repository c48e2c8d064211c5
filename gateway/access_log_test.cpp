#include "gateway/access_log.h"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

AccessRecord record() {
  return {"GET", "/function/hello", "127.0.0.1", "id-1", "hello", 3, 200, 12, std::chrono::microseconds(1234), {}};
}

std::string line(const AccessRecord& of) {
  std::string text;
  append_access_line(text, WallTime(std::chrono::milliseconds(1)), of);
  return text;
}

TEST_CASE("access log: a line says who asked what, how it ended and how long it took") {
  const auto json = nlohmann::json::parse(line(record()));
  CHECK(json.at("time") == "1970-01-01T00:00:00.001Z");
  CHECK(json.at("method") == "GET");
  CHECK(json.at("path") == "/function/hello");
  CHECK(json.at("status") == 200);
  CHECK(json.at("bytes") == 12);
  CHECK(json.at("ms") == doctest::Approx(1.234));
  CHECK(json.at("callId") == "id-1");
  CHECK(json.at("function") == "hello@3");
  CHECK_FALSE(json.contains("error"));
}

TEST_CASE("access log: hostile bytes stay inside their string") {
  AccessRecord hostile = record();
  hostile.path = "/a\"}\n{\"forged\":1}\x1b[2J\xff";
  hostile.error = "deadline";
  const std::string text = line(hostile);
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find('\x1b') == std::string::npos);
  const auto json = nlohmann::json::parse(text);
  CHECK_FALSE(json.contains("forged"));
  CHECK(json.at("error") == "deadline");
}

TEST_CASE("access log: a long path is cut so that a line stays whole in a pipe") {
  AccessRecord longest = record();
  const std::string path(8192, 'p');
  longest.path = path;
  CHECK(line(longest).size() < 4096);
}

TEST_CASE("access log: lines of a moment are written together, and the last ones at the end") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  const UniqueFd reader(ends[0]), writer(ends[1]);
  std::array<char, 4096> buffer{};
  const auto lines = [&] {
    const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
    return size < 0 ? 0 : std::count(buffer.data(), buffer.data() + size, '\n');
  };
  Loop loop;
  {
    AccessLog log(loop, writer.get());
    Timer later(loop);
    loop.post([&] {
      log.add(record());
      log.add(record());
      CHECK(lines() == 0);
      later.start(3 * kAccessLogDelay, [&] {
        CHECK(lines() == 2);
        log.add(record());
        loop.stop();
      });
    });
    loop.run();
    CHECK(lines() == 0);
  }
  CHECK(lines() == 1);
}

TEST_CASE("access log: a reader that stands still costs lines, not time or memory") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);  // blocking, as an inherited one is
  const UniqueFd reader(ends[0]), writer(ends[1]);
  Loop loop;
  AccessLog log(loop, writer.get());
  int turns = 20;
  std::function<void()> turn = [&] {
    for (int i = 0; i < 1000; ++i) log.add(record());
    if (--turns > 0) return loop.post(turn);
    loop.stop();
  };
  loop.post(turn);
  loop.run();
  CHECK(log.dropped() > 0);
}

}  // namespace
}  // namespace sojourn
