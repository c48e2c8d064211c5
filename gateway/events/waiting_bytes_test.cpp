#include "gateway/events/waiting_bytes.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("waiting bytes: beyond the bound nothing more is taken until something was given back") {
  WaitingBytes waiting(100);
  CHECK(waiting.take(60).ok());
  CHECK(waiting.take(40).ok());
  const Status more = waiting.take(1);
  REQUIRE_FALSE(more.ok());
  CHECK(more.error().code() == ErrorCode::kStoreUnavailable);
  CHECK(more.error().text().find("more than 100,") != std::string::npos);
  waiting.give_back(60);
  CHECK(waiting.take(60).ok());
}

TEST_CASE("waiting bytes: what is longer than the bound is taken when it is alone") {
  WaitingBytes waiting(100);
  CHECK(waiting.take(1000).ok());
  CHECK_FALSE(waiting.take(1).ok());
  waiting.give_back(1000);
  CHECK(waiting.take(1).ok());
  CHECK_FALSE(waiting.take(1000).ok());
}

TEST_CASE("waiting bytes: data, attributes and runs count") {
  Acceptance small;
  Acceptance large = small;
  large.event.data.assign(10'000, 'x');
  large.event.attributes.assign(1'000, 'x');
  CHECK(bytes_of({large}) == bytes_of({small}) + 11'000);
  Acceptance running = small;
  running.runs.emplace_back().jobs.emplace_back();
  CHECK(bytes_of({running, running}) > 2 * bytes_of({small}));
}

}  // namespace sojourn
