// A LaneBook counts the jobs of each lane by their state, and notes in which lanes jobs became ready. Both go with the
// batch: what is rolled back was never counted.
//
// Thread: one, the engine's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/event/journal/records.h"

namespace sojourn {

class LaneBook {
 public:
  struct Counts {
    std::int64_t held = 0;
    std::int64_t ready = 0;
    std::int64_t leased = 0;
  };
  using CountsByLane = std::map<std::string, Counts, std::less<>>;

  // A job came (from nothing), changed its state, or went (to nothing). `due` counts for those that become ready.
  void moved(std::string_view lane, std::optional<JobState> from, std::optional<JobState> to, EpochMs due = 0);
  void add(std::string_view lane, JobState state, std::int64_t jobs);
  // Something in the lane is due at another time than was told.
  void wake(std::string_view lane, EpochMs due) { wake(waking_, lane, due); }

  void commit();
  void rollback();
  // Forgets every count, to begin anew; lanes that woke stay. REQUIRES: no batch is open.
  void clear();

  // With the present batch's changes.
  CountsByLane counts() const;
  std::int64_t ready_in(std::string_view lane) const;
  bool has_open(std::string_view lane) const;
  std::vector<LaneWake> take_woken();

 private:
  using Wakes = std::map<std::string, EpochMs, std::less<>>;
  static void merge(CountsByLane& into, const CountsByLane& changes);
  static void wake(Wakes& wakes, std::string_view lane, EpochMs due);

  CountsByLane counts_;   // what is committed; no lane without a job
  CountsByLane changes_;  // of the present batch
  Wakes woken_;           // by committed batches
  Wakes waking_;          // by the present one
};

}  // namespace sojourn
