#include "gateway/supervisor/backoff.h"

#include <doctest/doctest.h>

namespace sojourn {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("backoff: the first restart is immediate, then waits double from 100 ms to 5 s") {
  Backoff backoff;
  CHECK(backoff.next(seconds(0)) == milliseconds(0));
  for (const int expected : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    CHECK(backoff.next(seconds(1)) == milliseconds(expected));
  }
}

TEST_CASE("backoff: a process that lived for 2 s is started again at once") {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) static_cast<void>(backoff.next(seconds(0)));
  CHECK(backoff.next(seconds(2)) == milliseconds(0));
  CHECK(backoff.next(seconds(1)) == milliseconds(100));
}

}  // namespace sojourn
