#include <doctest/doctest.h>

#include "runtime/pool/alarm.h"
#include "runtime/pool/arrival_estimate.h"
#include "runtime/pool/crash_budget.h"
#include "runtime/pool/service_estimate.h"

namespace sojourn {

using namespace std::chrono_literals;

namespace {
const MonotonicTime kStart{std::chrono::hours(1)};
}

TEST_CASE("service estimate: nothing waits behind a call of unknown length") {
  const ServiceEstimate estimate;
  CHECK_FALSE(estimate.known());
  CHECK_FALSE(estimate.fits(1));
}

TEST_CASE("service estimate: calls of 20 us leave room for fifty in a millisecond") {
  ServiceEstimate estimate;
  for (int i = 0; i < 100; ++i) estimate.add(320us, 16);
  CHECK(estimate.fits(48));
  CHECK_FALSE(estimate.fits(51));
  CHECK(estimate.fits(9, 200us));
  CHECK_FALSE(estimate.fits(10, 200us));
}

TEST_CASE("service estimate: one slow call among short ones does not end queueing ahead") {
  ServiceEstimate estimate;
  for (int i = 0; i < 100; ++i) estimate.add(20us, 1);
  estimate.add(50ms, 1);
  CHECK(estimate.fits(10));
  for (int i = 0; i < 300; ++i) estimate.add(5ms, 1);
  CHECK_FALSE(estimate.fits(0));
}

TEST_CASE("service estimate: a neighbour on the CPU does not make short calls long") {
  ServiceEstimate estimate;
  for (int i = 0; i < 400; ++i) estimate.add(i % 3 == 0 ? 20us : 900us, 1);
  CHECK(estimate.value() < 100us);
}

TEST_CASE("service estimate: a stall ends queueing ahead until calls are short again") {
  ServiceEstimate estimate;
  for (int i = 0; i < 10; ++i) estimate.add(20us, 1);
  estimate.stalled();
  CHECK_FALSE(estimate.fits(0));
  CHECK(estimate.is_short(100, 100ms));
  for (int i = 0; i < 8; ++i) estimate.add(20us, 1);
  CHECK(estimate.fits(5));
}

TEST_CASE("arrival estimate: a steady three calls in 20 ms keep four processes ready") {
  ArrivalEstimate arrivals;
  MonotonicTime now = kStart;
  for (int step = 0; step < 600; ++step, now += 20ms) {
    for (int i = 0; i < 3; ++i) arrivals.arrived(now);
  }
  CHECK(arrivals.target(now) == 4);
}

TEST_CASE("arrival estimate: the busiest one in a hundred is not prepared for, the second busiest is") {
  ArrivalEstimate arrivals;
  MonotonicTime now = kStart;
  for (int step = 0; step < 500; ++step, now += 20ms) {
    const int count = step < 5 ? 50 : step < 30 ? 7 : 1;
    for (int i = 0; i < count; ++i) arrivals.arrived(now);
  }
  CHECK(arrivals.target(now - 20ms) == 8);
}

TEST_CASE("arrival estimate: ten seconds of silence are forgotten at once") {
  ArrivalEstimate arrivals;
  for (int i = 0; i < 100; ++i) arrivals.arrived(kStart + i * 1ms);
  CHECK(arrivals.target(kStart + 20s) == 1);
}

TEST_CASE("crash budget: two crashes in a minute are borne, the third spends it") {
  CrashBudget budget;
  CHECK_FALSE(budget.crashed(kStart));
  CHECK_FALSE(budget.crashed(kStart + 1s));
  CHECK(budget.crashed(kStart + 59s));
  CHECK(budget.pause() == 0s);
}

TEST_CASE("crash budget: crashes further apart never spend it") {
  CrashBudget budget;
  for (int i = 0; i < 50; ++i) CHECK_FALSE(budget.crashed(kStart + i * 31s));
}

TEST_CASE("crash budget: spent again and again, the pause doubles to a minute and a quiet time ends it") {
  CrashBudget budget;
  MonotonicTime now = kStart;
  for (const auto pause : {0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    now += 1s;
    budget.spend(now);
    CHECK(budget.pause() == pause);
    now += budget.pause();
  }
  budget.spend(now + 200s);
  CHECK(budget.pause() == 0s);
}

TEST_CASE("alarm: the earliest wish wins and a later one costs nothing") {
  Loop loop;
  int sweeps = 0;
  Alarm alarm(loop, [&] {
    ++sweeps;
    loop.stop();
  });
  const MonotonicTime begin = std::chrono::steady_clock::now();
  alarm.want(begin + 10s);
  alarm.want(begin + 20ms);
  alarm.want(begin + 5s);
  loop.run();
  CHECK(sweeps == 1);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

}  // namespace sojourn
