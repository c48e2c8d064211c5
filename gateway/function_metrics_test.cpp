#include "gateway/function_metrics.h"

#include <doctest/doctest.h>
#include <thread>

#include "gateway/prometheus_text.h"

namespace sojourn {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST_CASE("function metrics: calls are counted by code and by how long they took") {
  FunctionMetrics metrics(1);
  metrics.record(0, 200, microseconds(50));
  metrics.record(0, 200, microseconds(300));
  metrics.record(0, 504, seconds(60));
  const auto totals = metrics.totals();
  CHECK(totals.by_code.at(200) == 2);
  CHECK(totals.by_code.at(504) == 1);
  CHECK(totals.within.front() == 1);
  CHECK(totals.within.back() == 2);
  CHECK(totals.calls == 3);
  CHECK(totals.nanoseconds == 60'000'350'000);
}

TEST_CASE("function metrics: a call exactly at a bound counts within it") {
  FunctionMetrics metrics(1);
  metrics.record(0, 200, microseconds(100));
  CHECK(metrics.totals().within.front() == 1);
}

TEST_CASE("function metrics: more codes than there are places are counted, without their number") {
  FunctionMetrics metrics(1);
  for (int code = 200; code < 240; ++code) metrics.record(0, code, seconds(0));
  const auto totals = metrics.totals();
  std::uint64_t sum = 0;
  for (const auto& [code, count] : totals.by_code) sum += count;
  CHECK(sum == 40);
  CHECK(totals.by_code.at(0) == 29);
}

TEST_CASE("function metrics: loops count side by side and are summed") {
  FunctionMetrics metrics(2);
  const auto work = [&metrics](std::size_t loop) {
    for (int i = 0; i < 10'000; ++i) metrics.record(loop, 200, seconds(0));
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  CHECK(metrics.totals().by_code.at(200) == 20'000);
}

TEST_CASE("prometheus text: a family, its samples, and labels that need escaping") {
  PrometheusText text;
  text.family("a_total", "counter", "How many.");
  text.sample({{"name", "x\"y\\z\n"}, {"code", "200"}}, 7);
  text.family("b_seconds", "histogram", "How long.");
  text.seconds("_sum", {}, 1'500'000'000);
  CHECK(text.take() ==
        "# HELP a_total How many.\n# TYPE a_total counter\na_total{name=\"x\\\"y\\\\z\\n\",code=\"200\"} 7\n"
        "# HELP b_seconds How long.\n# TYPE b_seconds histogram\nb_seconds_sum 1.500000000\n");
}

}  // namespace
}  // namespace sojourn
