// The Journal is what loops see of the journal: work for the writer's thread, answered on the loop that asked.
//
// Thread: ask() any loop's; `done` comes there, in a later turn, and never after that loop has stopped.
// Owner:  the Gateway. It outlives the loops' last turn.
// Errors: `done` gets the work's own error, or kStoreUnavailable; then nothing of the work is in the journal.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/payload_store.h"
#include "runtime/event/journal/retention.h"
#include "runtime/loop/loop.h"

namespace sojourn {

// Whether the error only says that what was asked for is not there, or that a name is taken. Anybody may ask for what
// is not there, as often as they like, and that costs nobody else anything.
bool is_plain_no(ErrorCode code);

class Journal {
 public:
  // Opens or makes `journal.db`, its ballast and `payloads/` in the directory.
  static Result<std::unique_ptr<Journal>> open(const std::string& directory, RetentionOptions retention = {});

  // Does `work` in the writer's next batch. It may run again after a rollback, so it changes nothing but the journal
  // and what it returns. An error of is_plain_no() is an answer like others, and its neighbours are not done
  // again for it: work gives one before it changes anything.
  template <class T>
  void ask(WorkKind kind, Loop& loop, std::function<Result<T>(JournalEngine&)> work,
           std::function<void(Result<T>)> done) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    const Status taken = writer_->submit(
        kind,
        [answer, work = std::move(work)](JournalEngine& engine) -> Status {
          answer->emplace(work(engine));
          const bool is_answer = (*answer)->ok() || is_plain_no((*answer)->error().code());
          return is_answer ? Status() : Status((*answer)->error());
        },
        [answer, &loop, done](const Status& status) {
          loop.post(
              [answer, done, status] { status.ok() ? done(std::move(**answer)) : done(Result<T>(status.error())); });
        });
    if (!taken.ok()) loop.post([done, taken] { done(Result<T>(taken.error())); });
  }

  // Lanes in which jobs became ready; called on the writer's thread after each batch. Set before the loops run.
  void on_woken(std::function<void(std::vector<LaneWake>)> woken);

  // Forgets what is old or too much, in bounded pieces; to be called every ten seconds or so. Any thread.
  void tend(EpochMs now) { retention_.tick(*writer_, now); }
  JournalWriter::Figures batches() const { return writer_->figures(); }
  Retention::Figures retention() const { return retention_.figures(); }

  PayloadStore& payloads() { return *payloads_; }
  // For work on a thread that may still be at it when the journal is dropped.
  std::shared_ptr<PayloadStore> shared_payloads() const { return payloads_; }

 private:
  Journal(PayloadStore payloads, std::unique_ptr<JournalEngine> engine, Ballast ballast, RetentionOptions retention);

  std::shared_ptr<PayloadStore> payloads_;
  Retention retention_;
  std::unique_ptr<JournalWriter> writer_;
};

}  // namespace sojourn
