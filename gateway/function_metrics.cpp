#include "gateway/function_metrics.h"

#include <algorithm>

namespace sojourn {
namespace {

// One writer: a plain load and store is enough, and cheaper than an atomic addition.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace

struct alignas(64) FunctionMetrics::Block {
  struct Code {
    std::atomic<int> code{0};  // 0: free; the last one stays 0 and takes what finds no place
    std::atomic<std::uint64_t> count{0};
  };
  std::array<Code, kCodesMax> codes;
  std::array<std::atomic<std::uint64_t>, kLatencyBounds.size() + 1> buckets{};
  std::atomic<std::uint64_t> nanoseconds{0};
};

FunctionMetrics::~FunctionMetrics() {
  for (auto& block : blocks_) delete block.load();
}

FunctionMetrics::Block& FunctionMetrics::block_of(std::size_t loop) {
  Block* block = blocks_[loop].load(std::memory_order_relaxed);
  if (block == nullptr) {
    block = new Block;
    blocks_[loop].store(block, std::memory_order_release);
  }
  return *block;
}

void FunctionMetrics::record(std::size_t loop, int code, std::chrono::nanoseconds duration) {
  Block& block = block_of(loop);
  std::size_t at = 0;
  for (; at + 1 < kCodesMax; ++at) {
    const int known = block.codes[at].code.load(std::memory_order_relaxed);
    if (known == code) break;
    if (known == 0) {
      block.codes[at].code.store(code, std::memory_order_relaxed);
      break;
    }
  }
  add(block.codes[at].count, 1);
  const auto taken = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  const auto bound = std::ranges::lower_bound(kLatencyBounds, taken);
  add(block.buckets[static_cast<std::size_t>(bound - kLatencyBounds.begin())], 1);
  add(block.nanoseconds, taken);
}

FunctionMetrics::Totals FunctionMetrics::totals() const {
  Totals totals;
  for (const auto& pointer : blocks_) {
    const Block* block = pointer.load(std::memory_order_acquire);
    if (block == nullptr) continue;
    for (const auto& code : block->codes) {
      const std::uint64_t count = code.count.load(std::memory_order_relaxed);
      if (count > 0) totals.by_code[code.code.load(std::memory_order_relaxed)] += count;
    }
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kLatencyBounds.size(); ++i) {
      sum += block->buckets[i].load(std::memory_order_relaxed);
      totals.within[i] += sum;
    }
    totals.calls += sum + block->buckets.back().load(std::memory_order_relaxed);
    totals.nanoseconds += block->nanoseconds.load(std::memory_order_relaxed);
  }
  return totals;
}

}  // namespace sojourn
