// The JournalWriter is the one thread that touches the journal. Loops hand it work; it takes all that waits, does it in
// one batch, makes the batch durable with one sync, and only then answers. So many senders share one sync, and a single
// one waits for no timer.
//
//   work waits -> begin, each work, commit -> each done
//
// A batch is synced when any of its pieces asks for it. Notes alone are written and not synced: a power cut may undo
// the last of them, and then they are done again.
//
// Full disk: work that accepts something new is refused until there is room again; everything else goes on, because a
// ballast file, made while there was room, is given up for it.
//
// Thread:  submit() any; work, done and what is woken on the writer's own.
// Owner:   whoever owns the journal. The destructor lets what was accepted finish.
// Bound:   kWaitingMax pieces of work wait, kBatchMax go into one batch.
// Errors:  done gets the work's own error, or kStoreUnavailable; then nothing of the work is in the journal. One work's
//          fault is not its neighbours': a batch in which one fails is done again without it, and one that the disk did
//          not take piece by piece.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/ballast.h"
#include "runtime/event/journal/journal_engine.h"

namespace sojourn {

enum class WorkKind {
  kAccepts,  // takes something new in: synced, refused on a full disk
  kEnds,     // ends something that somebody is told of: synced, goes on
  kNotes,    // leases, completes, retries, forgets, looks: not synced, goes on
};

class JournalWriter {
 public:
  using Work = std::function<Status(JournalEngine&)>;  // may run again, after a rollback
  using Done = std::function<void(Status)>;            // posts to where the answer is wanted

  using Woken = std::function<void(std::vector<LaneWake>)>;

  JournalWriter(std::unique_ptr<JournalEngine> engine, Ballast ballast);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Error: it was not taken, and done will not be called: kNoCapacity above kWaitingMax, kStoreUnavailable at the end.
  Status submit(WorkKind kind, Work work, Done done);
  struct Figures {
    std::uint64_t batches = 0;  // committed since the writer began
    std::uint64_t synced = 0;   // those of them that had to be synced
    std::uint64_t work = 0;     // pieces of work in them
  };
  Figures figures() const { return {batches_.load(), synced_.load(), work_.load()}; }  // any thread

  // Called after each batch that made jobs ready, with their lanes. Any thread; replaces what was set.
  void on_woken(Woken woken);

  static constexpr std::size_t kWaitingMax = 8192;  // pieces of work
  static constexpr std::size_t kBatchMax = 256;

 private:
  struct Piece {
    WorkKind kind;
    Work work;
    Done done;
  };

  void run();
  void do_batch(std::vector<Piece>& batch);
  void refuse_new(std::vector<Piece>& batch);
  // `failed` is set to the piece whose work failed, if it was one's.
  Status attempt(std::span<Piece> pieces, std::size_t& failed);
  void do_alone(Piece& piece);
  void tell_woken();

  const std::unique_ptr<JournalEngine> engine_;
  Ballast ballast_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Piece> waiting_;
  bool stopping_ = false;
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> synced_{0};
  std::atomic<std::uint64_t> work_{0};
  Woken woken_;
  std::thread thread_;
};

}  // namespace sojourn
