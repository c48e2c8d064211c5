// FunctionMetrics counts one function's calls: by status code, and how long they took. Each loop counts in a block of
// its own, so that counting costs a few plain stores and no cache line wanders between processors.
//
// Thread: record() of one index on that loop only; totals() on any thread, and it may see a call half counted.
// Owner:  the RouteTable's entry and the calls under way, shared. It lives over all versions of a function.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace sojourn {

// Upper bounds of the histogram in nanoseconds; what is longer counts in +Inf only.
inline constexpr std::array<std::uint64_t, 14> kLatencyBounds = {
    100'000,    250'000,    500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,
    25'000'000, 50'000'000, 100'000'000, 500'000'000, 1'000'000'000, 5'000'000'000, 30'000'000'000};
inline constexpr std::array<const char*, 14> kLatencyBoundTexts = {
    "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.5", "1", "5", "30"};

class FunctionMetrics {
 public:
  struct Totals {
    std::map<int, std::uint64_t> by_code;                       // 0: codes past the kCodesMax different ones of a loop
    std::array<std::uint64_t, kLatencyBounds.size()> within{};  // cumulative, as Prometheus wants them
    std::uint64_t calls = 0;
    std::uint64_t nanoseconds = 0;
  };

  explicit FunctionMetrics(std::size_t loops) : blocks_(loops) {}
  ~FunctionMetrics();
  FunctionMetrics(const FunctionMetrics&) = delete;
  FunctionMetrics& operator=(const FunctionMetrics&) = delete;

  void record(std::size_t loop, int code, std::chrono::nanoseconds duration);
  Totals totals() const;

 private:
  static constexpr std::size_t kCodesMax = 12;
  struct alignas(64) Block;

  Block& block_of(std::size_t loop);

  std::vector<std::atomic<Block*>> blocks_;  // made at a loop's first call
};

}  // namespace sojourn
