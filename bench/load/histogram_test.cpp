#include "bench/load/histogram.h"

#include <doctest/doctest.h>

namespace bench {
namespace {

TEST_CASE("histogram: an empty one has no quantiles") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.quantile(0.5) == 0);
}

TEST_CASE("histogram: small values are exact") {
  Histogram histogram;
  for (int value = 1; value <= 101; ++value) histogram.add(value);
  CHECK(histogram.quantile(0) == 1);
  CHECK(histogram.quantile(0.5) == 51);
  CHECK(histogram.quantile(1) == 101);
}

TEST_CASE("histogram: a quantile is within one part in a hundred at every size") {
  for (std::int64_t value = 1000; value < 100'000'000'000; value *= 3) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(value);
    histogram.add(value * 2);
    const double wanted = static_cast<double>(value);
    CHECK(histogram.quantile(0.5) == doctest::Approx(wanted).epsilon(0.01));
    CHECK(histogram.quantile(1) == doctest::Approx(2 * wanted).epsilon(0.01));
  }
}

TEST_CASE("histogram: a negative duration counts as none") {
  Histogram histogram;
  histogram.add(-5);
  CHECK(histogram.count() == 1);
  CHECK(histogram.quantile(1) == 0);
}

}  // namespace
}  // namespace bench
