#include "gateway/guards/token_buckets.h"

#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// A clock that the test turns.
struct Turned {
  MonotonicTime now{1000h};
  TokenBuckets buckets;

  explicit Turned(TokenBucketLimits limits) : buckets(limits, now) {}
  bool take() { return buckets.take(now).passed; }
  bool take(std::string_view key) { return buckets.take(key, now).passed; }
  int take_all(std::string_view key) {
    int taken = 0;
    while (take(key)) ++taken;
    return taken;
  }
};

}  // namespace

TEST_CASE("token buckets: a burst passes at once, then one call per token") {
  Turned turned({.per_second = 10, .burst = 3});
  CHECK((turned.take() && turned.take() && turned.take()));
  CHECK_FALSE(turned.take());
  turned.now += 99ms;
  CHECK_FALSE(turned.take());
  turned.now += 1ms;
  CHECK(turned.take());
  CHECK_FALSE(turned.take());
  turned.now += 1h;
  CHECK((turned.take() && turned.take() && turned.take()));
  CHECK_FALSE(turned.take());
}

TEST_CASE("token buckets: a refusal says when the next token is there") {
  Turned turned({.per_second = 0.5, .burst = 1});
  REQUIRE(turned.take());
  turned.now += 500ms;
  const auto verdict = turned.buckets.take(turned.now);
  CHECK_FALSE(verdict.passed);
  CHECK(verdict.wait == 1500ms);
  turned.now += verdict.wait;
  CHECK(turned.take());
}

TEST_CASE("token buckets: over a long time the rate is what it says") {
  Turned turned({.per_second = 700'000, .burst = 1000});
  int passed = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    turned.now += 1us;
    passed += turned.take() ? 1 : 0;
  }
  CHECK(passed >= 1'400'000);
  CHECK(passed <= 1'401'000);
}

TEST_CASE("token buckets: keys do not take each other's tokens") {
  Turned turned({.per_second = 1, .burst = 2, .keys_max = 100});
  CHECK(turned.take_all("blue") == 2);
  CHECK(turned.take_all("red") == 2);
  CHECK(turned.take_all("") == 2);
  turned.now += 1s;
  CHECK(turned.take_all("blue") == 1);
}

TEST_CASE("token buckets: a bucket that is full again makes room for a new key and nothing is forgotten") {
  Turned turned({.per_second = 1, .burst = 2, .keys_max = 8});
  for (int i = 0; i < 1000; ++i) {
    CHECK(turned.take_all(std::to_string(i)) == 2);
    turned.now += 2s;
  }
  CHECK(turned.buckets.forgotten() == 0);
}

TEST_CASE("token buckets: more busy keys than places forget the fullest, and it is counted") {
  Turned turned({.per_second = 1, .burst = 10, .keys_max = 8});
  CHECK(turned.take_all("greedy") == 10);
  for (int i = 0; i < 7; ++i) CHECK(turned.take(std::to_string(i)));
  CHECK(turned.buckets.forgotten() == 0);
  CHECK(turned.take("one more"));
  CHECK(turned.buckets.forgotten() == 1);
  CHECK_FALSE(turned.take("greedy"));
}

TEST_CASE("token buckets: several threads together get no token too many") {
  for (const int keys : {0, 64}) {
    Turned turned({.per_second = 0.001, .burst = 10'000, .keys_max = keys});
    std::atomic<int> passed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) passed += (keys == 0 ? turned.take() : turned.take("key")) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(passed == 10'000);
  }
}

}  // namespace sojourn
