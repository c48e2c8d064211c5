// The journal of a simulation: the engine's model with a writer whose batches happen when the simulation says so, on a
// disk that keeps what was synced. A killed process loses what waits; a power cut also loses a suffix of the batches
// that were written and not synced.
//
// Thread: one.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/memory_engine.h"
#include "tests/simulation/sim_random.h"

namespace sojourn::simulation {

class SimJournal {
 public:
  using Work = std::function<Status(JournalEngine&)>;
  using Done = std::function<void(Status)>;

  // What goes wrong with a batch.
  enum class Fault {
    kNone,
    kRefused,     // before anything of it was done
    kRolledBack,  // half way through
  };

  SimJournal() : engine_(std::make_unique<MemoryEngine>()) {}

  void submit(WorkKind kind, Work work, Done done);
  bool has_waiting() const { return !waiting_.empty(); }
  // Does what waits, the first `most` pieces; the answers are to be told by whoever asked for the batch.
  std::vector<std::function<void()>> do_batch(std::size_t most, Fault fault);
  void set_full(bool full) { full_ = full; }

  void kill();
  void cut_power(Random& random);

  MemoryEngine& engine() { return *engine_; }

 private:
  struct Piece {
    WorkKind kind;
    Work work;
    Done done;
  };
  enum class Entry { kBatch, kRolledBack, kEpoch };
  struct Kept {
    std::vector<Work> works;
    Entry entry = Entry::kBatch;
  };
  void do_again(const Kept& kept);

  std::unique_ptr<MemoryEngine> engine_;
  std::deque<Piece> waiting_;
  std::vector<Kept> disk_;  // all since the beginning, so that it comes to the same when it is done again
  std::size_t synced_ = 0;  // so many of them outlive a power cut
  bool full_ = false;
};

}  // namespace sojourn::simulation
