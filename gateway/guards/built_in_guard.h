// A BuiltInGuard is a guard that ships with Sojourn: it counts what it decides, by name, for /metrics.
//
// Thread: counting and reading on any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/call/guard.h"

namespace sojourn {

class BuiltInGuard : public Guard {
 public:
  static constexpr std::size_t kDecisionsMax = 10;

  // What its decisions are called; the n-th was made decided(n) times. The names live as long as the program.
  std::span<const std::string_view> decisions() const { return names_; }
  virtual std::uint64_t held_bytes() const { return 0; }  // of what it keeps for later calls
  std::uint64_t decided(std::size_t decision) const { return counts_[decision].load(std::memory_order_relaxed); }

 protected:
  // REQUIRES: kDecisionsMax names at most, in static memory.
  explicit BuiltInGuard(std::span<const std::string_view> decisions) : names_(decisions) {}

  template <class Decision>  // an enum, in the order of the names
  void count(Decision decision) {
    counts_[static_cast<std::size_t>(decision)].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  const std::span<const std::string_view> names_;
  std::array<std::atomic<std::uint64_t>, kDecisionsMax> counts_{};
};

}  // namespace sojourn
