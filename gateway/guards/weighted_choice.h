// Chooses among targets by weight: at random, or by a text, so that the same text always gets the same target. When a
// weight grows, only those texts move that it takes over (weighted rendezvous hashing); nothing has to be remembered.
//
// Thread: any; immutable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn {

struct WeightedTarget {
  std::string name;
  int weight = 0;  // 0: never chosen
};

class WeightedChoice {
 public:
  // REQUIRES: a weight above 0.
  explicit WeightedChoice(std::vector<WeightedTarget> targets);

  const std::string& at(double random) const;          // from 0 up to 1
  const std::string& by(std::string_view text) const;  // the same in every process

 private:
  std::vector<WeightedTarget> targets_;
  int sum_ = 0;
};

}  // namespace sojourn
