#include "tests/simulation/sim_journal.h"

#include <algorithm>
#include <utility>

namespace sojourn::simulation {

void SimJournal::submit(WorkKind kind, Work work, Done done) {
  waiting_.push_back({kind, std::move(work), std::move(done)});
}

std::vector<std::function<void()>> SimJournal::do_batch(std::size_t most, Fault fault) {
  std::vector<std::function<void()>> answers;
  const auto answer = [&](Piece& piece, Status status) {
    answers.push_back([done = std::move(piece.done), status = std::move(status)] { done(status); });
  };
  const Error unavailable(ErrorCode::kStoreUnavailable, "the simulated disk failed");
  // A batch that is done is not copied first: going back is for those that fail.
  if (fault == Fault::kRolledBack) (void)engine_->begin(Outlives::kPowerCut);
  Kept kept;
  bool is_synced = false;
  for (; most > 0 && !waiting_.empty(); --most) {
    Piece piece = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_refused = fault == Fault::kRefused || (full_ && piece.kind == WorkKind::kAccepts);
    if (is_refused) {
      answer(piece, unavailable);
      continue;
    }
    const Status done = piece.work(*engine_);
    is_synced = is_synced || (fault == Fault::kNone && piece.kind != WorkKind::kNotes);
    kept.works.push_back(std::move(piece.work));
    answer(piece, fault == Fault::kNone ? done : unavailable);
  }
  if (fault == Fault::kRolledBack) {
    kept.entry = Entry::kRolledBack;
    engine_->rollback();
  } else {
    (void)engine_->commit();
  }
  disk_.push_back(std::move(kept));
  if (is_synced) synced_ = disk_.size();
  return answers;
}

void SimJournal::kill() {
  waiting_.clear();
  engine_->begin_epoch();
  disk_.push_back({{}, Entry::kEpoch});
}

void SimJournal::do_again(const Kept& kept) {
  if (kept.entry == Entry::kEpoch) return engine_->begin_epoch();
  if (kept.entry == Entry::kRolledBack) (void)engine_->begin(Outlives::kProcess);
  for (const Work& work : kept.works) (void)work(*engine_);
  kept.entry == Entry::kRolledBack ? engine_->rollback() : static_cast<void>(engine_->commit());
}

void SimJournal::cut_power(Random& random) {
  const auto kept = static_cast<std::size_t>(
      random.between(static_cast<std::int64_t>(synced_), static_cast<std::int64_t>(disk_.size())));
  disk_.resize(kept);
  engine_ = std::make_unique<MemoryEngine>();
  for (const Kept& kept_batch : disk_) do_again(kept_batch);
  kill();
  synced_ = disk_.size();  // opening it syncs what was found
}

}  // namespace sojourn::simulation
