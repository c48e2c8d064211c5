#include "gateway/guards/weighted_choice.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/base/keyed_hash.h"

namespace sojourn {
namespace {

// A number from 0 up to 1 that the target and the text decide together.
double drawn(std::string_view target, std::string_view text) {
  constexpr double kUnit = 1.0 / (std::uint64_t{1} << 53);
  const KeyedHash of_target(0x736a2d73706c6974, 1);
  const KeyedHash hash(of_target(target), 2);
  return static_cast<double>(hash(text) >> 11) * kUnit;
}

}  // namespace

WeightedChoice::WeightedChoice(std::vector<WeightedTarget> targets) : targets_(std::move(targets)) {
  for (const WeightedTarget& target : targets_) sum_ += target.weight;
}

const std::string& WeightedChoice::at(double random) const {
  double left = random * sum_;
  const WeightedTarget* last = nullptr;
  for (const WeightedTarget& target : targets_) {
    if (target.weight == 0) continue;
    last = &target;
    left -= target.weight;
    if (left < 0) break;
  }
  return last->name;
}

const std::string& WeightedChoice::by(std::string_view text) const {
  const WeightedTarget* best = nullptr;
  double best_score = 0;
  for (const WeightedTarget& target : targets_) {
    if (target.weight == 0) continue;
    const double score = target.weight / -std::log(std::max(drawn(target.name, text), 1e-300));
    if (best != nullptr && score <= best_score) continue;
    best = &target;
    best_score = score;
  }
  return best->name;
}

}  // namespace sojourn
