// Samples are durations of one repeated act; they end as one JSON object of microseconds. Every sample is kept, so use
// it for thousands, and Histogram (load/) for millions.
//
// Thread: a value; not shared.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/measure/clock.h"

namespace bench {

class Samples {
 public:
  void add(Nanoseconds duration) { values_.push_back(duration); }
  std::size_t count() const { return values_.size(); }

  // The value below which `share` (0..1) of the samples lie; 0 when there are none.
  Nanoseconds quantile(double share) const {
    if (values_.empty()) return 0;
    std::vector<Nanoseconds> sorted = values_;
    const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
    return sorted[static_cast<std::size_t>(rank)];
  }

  // {"count": 100, "p50_us": 1.234, ...}
  std::string json() const {
    double sum = 0;
    for (const Nanoseconds value : values_) sum += static_cast<double>(value);
    const double mean = values_.empty() ? 0 : sum / static_cast<double>(values_.size());
    char text[256];
    std::snprintf(text, sizeof text,
                  R"({"count": %zu, "p50_us": %.3f, "p90_us": %.3f, "p99_us": %.3f, "max_us": %.3f, "mean_us": %.3f})",
                  count(), us(quantile(0.5)), us(quantile(0.9)), us(quantile(0.99)), us(quantile(1)), mean / 1e3);
    return text;
  }

 private:
  static double us(Nanoseconds value) { return static_cast<double>(value) / 1e3; }

  std::vector<Nanoseconds> values_;
};

}  // namespace bench
