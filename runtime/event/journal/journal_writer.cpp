#include "runtime/event/journal/journal_writer.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "runtime/base/signals_blocked.h"

namespace sojourn {
namespace {

Error no_room() {
  return Error(ErrorCode::kStoreUnavailable,
               "the disk under the journal is full: nothing new is accepted until there is room again");
}

}  // namespace

JournalWriter::JournalWriter(std::unique_ptr<JournalEngine> engine, Ballast ballast)
    : engine_(std::move(engine)), ballast_(std::move(ballast)) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

JournalWriter::~JournalWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Status JournalWriter::submit(WorkKind kind, Work work, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Error(ErrorCode::kStoreUnavailable, "the journal is being closed");
    if (waiting_.size() >= kWaitingMax) {
      return Error(ErrorCode::kNoCapacity, "the journal has " + std::to_string(kWaitingMax) +
                                               " requests waiting, the most it takes; try again");
    }
    waiting_.push_back({kind, std::move(work), std::move(done)});
  }
  changed_.notify_one();
  return {};
}

void JournalWriter::on_woken(Woken woken) {
  const std::lock_guard lock(mutex_);
  woken_ = std::move(woken);
}

void JournalWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::size_t count = std::min(waiting_.size(), kBatchMax);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Piece> batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    lock.unlock();
    do_batch(batch);
    tell_woken();
    lock.lock();
  }
}

void JournalWriter::do_batch(std::vector<Piece>& batch) {
  if (!ballast_.refill()) refuse_new(batch);
  while (!batch.empty()) {
    std::size_t failed = batch.size();
    Status done = attempt(batch, failed);
    if (done.ok()) {
      for (Piece& piece : batch) piece.done({});
      return;
    }
    const bool is_its_own = failed < batch.size() && done.error().code() != ErrorCode::kStoreUnavailable;
    if (!is_its_own) break;
    batch[failed].done(std::move(done));
    batch.erase(batch.begin() + static_cast<std::ptrdiff_t>(failed));
  }
  for (Piece& piece : batch) do_alone(piece);
}

void JournalWriter::do_alone(Piece& piece) {
  std::size_t ignored = 0;
  Status done = attempt({&piece, 1}, ignored);
  const bool is_full = !done.ok() && done.error().code() == ErrorCode::kStoreUnavailable;
  if (is_full && piece.kind != WorkKind::kAccepts && ballast_.is_there()) {
    ballast_.release();
    done = attempt({&piece, 1}, ignored);
  }
  piece.done(std::move(done));
}

void JournalWriter::refuse_new(std::vector<Piece>& batch) {
  std::erase_if(batch, [](Piece& piece) {
    if (piece.kind != WorkKind::kAccepts) return false;
    piece.done(no_room());
    return true;
  });
}

Status JournalWriter::attempt(std::span<Piece> pieces, std::size_t& failed) {
  const bool notes_alone =
      std::all_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.kind == WorkKind::kNotes; });
  Status done = engine_->begin(notes_alone ? Outlives::kProcess : Outlives::kPowerCut);
  if (!done) return done;
  for (std::size_t i = 0; i < pieces.size() && done.ok(); ++i) {
    done = pieces[i].work(*engine_);
    if (!done) failed = i;
  }
  if (done.ok()) done = engine_->commit();
  if (!done.ok()) {
    engine_->rollback();
    return done;
  }
  ++batches_;
  synced_ += notes_alone ? 0 : 1;
  work_ += pieces.size();
  return done;
}

void JournalWriter::tell_woken() {
  auto lanes = engine_->take_woken();
  if (lanes.empty()) return;
  Woken woken;
  {
    const std::lock_guard lock(mutex_);
    woken = woken_;
  }
  if (woken) woken(std::move(lanes));
}

}  // namespace sojourn
