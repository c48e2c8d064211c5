#include "gateway/http/progress_watch.h"

#include <doctest/doctest.h>

namespace sojourn {

using namespace std::chrono_literals;

TEST_CASE("progress: silence for the whole span is too slow, a rest starts anew") {
  ProgressWatch watch;
  const MonotonicTime start{};
  CHECK(watch.is_alive(start, 0, 10s, 0));
  CHECK(watch.is_alive(start + 9s, 0, 10s, 0));
  watch.rest();
  CHECK(watch.is_alive(start + 11s, 0, 10s, 0));
  CHECK(watch.is_alive(start + 20s, 0, 10s, 0));
  CHECK(!watch.is_alive(start + 21s, 0, 10s, 0));
}

TEST_CASE("progress: dribbling below the rate is too slow") {
  ProgressWatch watch;
  const MonotonicTime start{};
  CHECK(watch.is_alive(start, 0, 10s, 1024));
  CHECK(watch.is_alive(start + 9s, 900, 10s, 1024));
  CHECK(!watch.is_alive(start + 10s, 1000, 10s, 1024));
}

TEST_CASE("progress: a burst does not excuse the span after it") {
  ProgressWatch watch;
  const MonotonicTime start{};
  CHECK(watch.is_alive(start, 0, 10s, 1024));
  CHECK(watch.is_alive(start + 10s, 1'000'000, 10s, 1024));
  CHECK(watch.is_alive(start + 15s, 1'000'001, 10s, 1024));
  CHECK(!watch.is_alive(start + 20s, 1'000'002, 10s, 1024));
}

}  // namespace sojourn
