// Retention keeps the journal from growing without end: it forgets events that are over, by their age and by what all
// of it takes on disk, and sweeps payloads that no row names any more. Open runs and letters are never forgotten, so
// that a journal of them alone may be larger than the bound.
//
// A tick is cut into pieces of work that each look at a bounded number of rows and files; what senders hand in goes
// between them. The pages that forgetting frees are used again by what comes: the file stays as large as it once was.
//
// Thread: tick() and figures() any; the rest is the writer's.
// Owner:  the Journal. It outlives the writer's thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/payload_store.h"

namespace sojourn {

struct RetentionOptions {
  std::chrono::hours age = std::chrono::hours(7 * 24);  // since the event was accepted
  std::uint64_t bytes_max = 8ull << 30;                 // of rows, indexes and payloads
  std::chrono::seconds payload_age = std::chrono::hours(1);
  std::size_t events_per_piece = 500;     // that one piece of work looks at
  std::size_t payloads_per_piece = 1000;  // that one piece looks at, and the rest of their folder
};

class Retention {
 public:
  struct Figures {
    std::uint64_t forgotten_events = 0;
    std::uint64_t removed_payloads = 0;
    std::uint64_t payload_bytes = 0;  // as of the last whole round
  };

  // The payloads outlive it.
  Retention(PayloadStore& payloads, RetentionOptions options) : payloads_(payloads), options_(options) {}

  // Begins a round of pieces, unless one is under way; the owner calls it from a timer.
  void tick(JournalWriter& writer, EpochMs now);
  bool is_busy() const { return is_busy_.load(); }
  Figures figures() const;

 private:
  void submit(JournalWriter& writer, EpochMs now);
  Status forget(JournalEngine& engine, EpochMs now);
  bool sweep();  // false: a payload could not be looked at, and the round ends here

  PayloadStore& payloads_;
  const RetentionOptions options_;
  std::atomic<bool> is_busy_ = false;
  std::atomic<std::uint64_t> forgotten_events_ = 0;
  std::atomic<std::uint64_t> removed_payloads_ = 0;
  std::atomic<std::uint64_t> payload_bytes_ = 0;
  // The writer's thread alone:
  JournalEngine* engine_ = nullptr;
  bool is_measured_ = false;  // the payloads were counted since something was forgotten for its size
  bool is_too_large_ = false;
  Forgotten forgotten_;
};

}  // namespace sojourn
