// A Simulation lives through one stretch of a dispatcher's life: events come in, attempts go well or badly, processes
// are killed, the power is cut, disks are full, clocks jump; in the end everything is left in peace and has to come to
// rest. One seed, one life.
//
// Thread: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/event/dispatch/dispatch_clock.h"
#include "runtime/event/dispatch/dispatch_core.h"
#include "tests/simulation/promises.h"
#include "tests/simulation/sim_journal.h"
#include "tests/simulation/sim_random.h"
#include "tests/simulation/sim_world.h"

namespace sojourn::simulation {

struct SimFigures {
  std::uint64_t steps = 0;
  std::uint64_t attempts = 0;
  std::uint64_t kills = 0;
  std::uint64_t cuts = 0;
  std::uint64_t letters = 0;  // redriven
  std::uint64_t duplicates = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  // So many steps of trouble, then peace. What was broken, or nothing.
  std::string live(std::uint64_t steps);
  const SimFigures& figures() const { return figures_; }

 private:
  // One thing happens.
  void step();
  void batch(SimJournal::Fault fault);
  void turn();
  void pump();
  void begin(LeasedWork work);
  void adopt();
  void finish_one();
  void end(const StepJob& job, JobEnd end, std::chrono::milliseconds took);
  void accept();
  void cancel();
  enum class Treatment { kRedrive, kDrop };
  void treat_letter();
  void treat(const DeadLetter& letter, Treatment treatment);
  void deploy();
  void pass_time();
  void jump();
  void restart(Promises::Loss loss);
  void drain();
  EpochMs now() { return time_.now(MonotonicTime(std::chrono::milliseconds(monotonic_)), wall_); }
  Deciding deciding();

  // In peace.
  void live_in_peace();
  void settle();
  bool settle_step();
  void answer_letters();

  Random random_;
  SimWorld world_;
  SimJournal journal_;
  Promises promises_;
  DispatchClock time_;
  std::unique_ptr<DispatchCore> core_;
  std::map<std::int64_t, StepJob> under_way_;  // attempts, by job
  std::map<std::int64_t, StepJob> deciding_;   // whose ends the journal has not taken yet
  std::vector<StepJob> items_;                 // of queues, that the present turn has leased
  std::deque<std::function<void()>> answers_;  // of the journal, on their way to the loop
  std::int64_t monotonic_ = 1'000;             // milliseconds
  EpochMs wall_ = 1'700'000'000'000;
  TriggerTablePtr triggers_;
  bool in_peace_ = false;
  SimFigures figures_;
};

}  // namespace sojourn::simulation
