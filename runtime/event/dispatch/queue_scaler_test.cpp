#include "runtime/event/dispatch/queue_scaler.h"

#include <doctest/doctest.h>

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

// A minute of so many items a second, all of them taken.
QueueScaler steady(std::size_t per_second, std::chrono::milliseconds service) {
  QueueScaler scaler;
  std::size_t taken = 0;
  for (EpochMs now = 1000; now <= 61'000; now += 1000, taken += per_second) scaler.look(now, taken, 0);
  for (int i = 0; i < 100; ++i) scaler.served(service);
  return scaler;
}

}  // namespace

TEST_CASE("queue scaler: an unknown queue has one worker") {
  CHECK(QueueScaler().workers(8) == 1);
}

TEST_CASE("queue scaler: workers are arrival rate times service time over the target utilisation") {
  CHECK(steady(80, 100ms).workers(100) == 10);
  CHECK(steady(8, 100ms).workers(100) == 1);
  CHECK(steady(80, 100ms).workers(4) == 4);
  CHECK(steady(80, 100ms).workers(0) == 1);
}

TEST_CASE("queue scaler: a backlog adds as many as bring it down within the drain time") {
  QueueScaler scaler;
  scaler.served(300ms);
  scaler.look(1000, 0, 1000);
  CHECK(scaler.workers(100) == 10);
  CHECK(scaler.figures(100).backlog == 1000);
  scaler.look(2000, 1000, 0);
  CHECK(scaler.workers(100) == 1);
}

TEST_CASE("queue scaler: the rate falls again when nothing comes") {
  QueueScaler scaler = steady(80, 100ms);
  for (EpochMs now = 62'000; now < 180'000; now += 1000) scaler.look(now, 4800, 0);
  CHECK(scaler.workers(100) == 1);
}
