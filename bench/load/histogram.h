// A Histogram counts durations in buckets that grow with the value: 128 of them per power of two, so that a quantile
// is exact to 0.8 % while a million samples take no more room than a thousand.
//
// Thread: a value; not shared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

class Histogram {
 public:
  void add(std::int64_t ns);
  std::uint64_t count() const { return count_; }
  // The value in nanoseconds below which `share` (0..1) of the samples lie; 0 when there are none.
  double quantile(double share) const;
  // {"p50_us": 31.2, "p90_us": ..., "p99_us": ..., "p999_us": ..., "max_us": ..., "mean_us": ...}
  std::string json() const;

 private:
  static constexpr int kBucketBits = 7;  // 128 buckets per power of two
  static constexpr std::size_t kBuckets = (64 - kBucketBits + 1) << kBucketBits;

  static std::size_t bucket_of(std::uint64_t ns);
  static double middle_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace bench
