// Random choices of a simulation, all from one seed.
//
// Thread: one.
#pragma once

#include <cstdint>
#include <random>

namespace sojourn::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  // From `least` to `most`, both included. The same numbers with every standard library.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(most - least + 1));
  }
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(bits_() % size); }
  bool one_in(int chances) { return bits_() % static_cast<std::uint64_t>(chances) == 0; }
  double unit() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 bits_;
};

}  // namespace sojourn::simulation
