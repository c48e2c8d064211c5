// A million steps of the dispatcher, in lives of a thousand steps and some that are longer. Each life has a seed of its
// own, so that a finding is repeated by that life alone.
//
//   SOJOURN_TEST_SEED=N    begins with life N; SOJOURN_TEST_STEPS=1 lives no other
//   SOJOURN_TEST_STEPS=N   all steps together
#include "tests/simulation/simulation.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <string>

using namespace sojourn::simulation;

namespace {

std::uint64_t life_steps(std::uint64_t seed) {
  return seed % 50 == 0 ? 10'000 : 1'000;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace

TEST_CASE("simulation: whatever goes wrong, nothing that was accepted is lost, out of order or tried too often") {
  const std::uint64_t first = from_environment("SOJOURN_TEST_SEED", std::random_device{}());
  const std::uint64_t wanted = from_environment("SOJOURN_TEST_STEPS", SOJOURN_SIMULATION_STEPS);
  INFO("SOJOURN_TEST_SEED=", first);
  SimFigures all;
  for (std::uint64_t seed = first; all.steps < wanted; ++seed) {
    Simulation simulation(seed);
    const std::string broken = simulation.live(life_steps(seed));
    INFO("repeat it with SOJOURN_TEST_SEED=", seed, " SOJOURN_TEST_STEPS=1");
    REQUIRE(broken == "");
    const SimFigures& one = simulation.figures();
    all.steps += one.steps;
    all.attempts += one.attempts;
    all.kills += one.kills;
    all.cuts += one.cuts;
    all.letters += one.letters;
    all.duplicates += one.duplicates;
  }
  MESSAGE("seed ", first, ": ", all.steps, " steps, ", all.attempts, " attempts, ", all.kills, " kills, ", all.cuts,
          " power cuts, ", all.letters, " letters sent again, ", all.duplicates, " steps done twice");
}
