#include "runtime/state/state_store.h"

#include <utility>

#include "runtime/base/signals_blocked.h"

namespace sojourn {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, StateLimits limits, const Clock& clock,
                                                     const Log& log) {
  auto file = StateFile::open(path, clock);
  if (!file) return file.error();
  std::unique_ptr<StateStore> store(new StateStore(std::move(*file), limits, clock, log));
  if (Status loaded = store->file_.load(store->table_); !loaded) return loaded.error();
  const SignalsBlocked blocked;
  store->thread_ = std::thread([raw = store.get()] { raw->write_behind(); });
  return store;
}

StateStore::StateStore(StateFile file, StateLimits limits, const Clock& clock, const Log& log)
    : file_(std::move(file)), clock_(clock), log_(log), table_(limits, file_.first_number()) {}

StateStore::~StateStore() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StateStore::write_behind() {
  std::vector<StateChange> batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, kSweepEvery, [this] { return closing_ || table_.changed(); });
    // A moment for others to join the batch.
    if (!closing_) changed_.wait_for(lock, disk_fails_ ? kRetryEvery : kWriteEvery, [this] { return closing_; });
    table_.sweep(clock_.now(), kSweepMax);
    if (batch.empty()) batch = table_.take_changes(kBatchMax);
    const bool last = closing_ && !table_.changed();
    lock.unlock();
    const bool written = batch.empty() || write(batch);
    lock.lock();
    if (closing_ && (!written || (last && !table_.changed()))) return;
  }
}

// On failure the batch stays for the next attempt.
bool StateStore::write(std::vector<StateChange>& batch) {
  const Status written = file_.write(batch);
  if (written.ok()) {
    batch.clear();
    if (std::exchange(disk_fails_, false)) log_.info("functions' state is written down again");
    return true;
  }
  if (!std::exchange(disk_fails_, true)) {
    log_.error("functions' state cannot be written down; it is kept in memory and tried again every second",
               {{"reason", written.error().text()}});
  }
  return false;
}

}  // namespace sojourn
