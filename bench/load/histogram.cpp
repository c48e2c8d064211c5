#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cstdio>

namespace bench {

void Histogram::add(std::int64_t ns) {
  ns = std::max<std::int64_t>(ns, 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(ns))];
  ++count_;
  max_ = std::max(max_, ns);
  sum_ += static_cast<double>(ns);
}

// Values below 128 have a bucket each; above, the seven bits below the leading one choose within its power of two.
std::size_t Histogram::bucket_of(std::uint64_t ns) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - (kBucketBits + 1));
  return (static_cast<std::size_t>(shift) << kBucketBits) + static_cast<std::size_t>(ns >> shift);
}

double Histogram::middle_of(std::size_t bucket) {
  constexpr std::size_t kPerPower = std::size_t{1} << kBucketBits;
  if (bucket < 2 * kPerPower) return static_cast<double>(bucket);
  const std::size_t shift = (bucket >> kBucketBits) - 1;
  const std::size_t within = bucket - (shift << kBucketBits);
  const double width = static_cast<double>(std::uint64_t{1} << shift);
  return (static_cast<double>(within) + 0.5) * width;
}

double Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_ - 1));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen > rank) return std::min(middle_of(bucket), static_cast<double>(max_));
  }
  return static_cast<double>(max_);
}

std::string Histogram::json() const {
  const double mean = count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
  char text[256];
  std::snprintf(text, sizeof text,
                R"({"p50_us": %.3f, "p90_us": %.3f, "p99_us": %.3f, "p999_us": %.3f, "max_us": %.3f, "mean_us": %.3f})",
                quantile(0.5) / 1e3, quantile(0.9) / 1e3, quantile(0.99) / 1e3, quantile(0.999) / 1e3,
                static_cast<double>(max_) / 1e3, mean / 1e3);
  return text;
}

}  // namespace bench
