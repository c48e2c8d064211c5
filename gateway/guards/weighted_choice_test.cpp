#include "gateway/guards/weighted_choice.h"

#include <doctest/doctest.h>
#include <map>

namespace sojourn {
namespace {

std::map<std::string, int> shares(const WeightedChoice& choice) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 10'000; ++i) ++counts[choice.by("user-" + std::to_string(i))];
  return counts;
}

}  // namespace

TEST_CASE("weighted choice: at random each target gets its share of the range") {
  const WeightedChoice choice({{"a", 90}, {"never", 0}, {"b", 10}});
  CHECK(choice.at(0) == "a");
  CHECK(choice.at(0.8999) == "a");
  CHECK(choice.at(0.9) == "b");
  CHECK(choice.at(0.9999999) == "b");
}

TEST_CASE("weighted choice: texts are spread by weight, and the same text is always sent to the same target") {
  const WeightedChoice choice({{"a", 75}, {"b", 25}, {"never", 0}});
  auto counts = shares(choice);
  CHECK(counts["a"] > 7200);
  CHECK(counts["a"] < 7800);
  CHECK(counts.size() == 2);
  CHECK(shares(choice) == counts);
}

TEST_CASE("weighted choice: a weight that grows takes texts over and gives none away") {
  const WeightedChoice before({{"a", 90}, {"b", 10}});
  const WeightedChoice after({{"a", 50}, {"b", 50}});
  int moved = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = "user-" + std::to_string(i);
    if (before.by(text) == "b") CHECK(after.by(text) == "b");
    moved += before.by(text) != after.by(text) ? 1 : 0;
  }
  CHECK(moved > 3600);
  CHECK(moved < 4400);
}

}  // namespace sojourn
