// The StateStore is what functions remember, shared by all loops: a StateTable under a lock, and a thread that writes
// its changes down. An operation is answered from memory at once; it is in the file about kWriteEvery later, and when
// the store is closed in order. So a restart finds everything, a killed gateway loses at most its last moments, and a
// power cut at most what the system had not written back.
//
// Thread:    any.
// Owner:     the Gateway. It outlives the loops' last turn.
// Errors:    a disk that takes no more is told to the log once; memory goes on, and the writing is tried again every
//            kRetryEvery.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"
#include "runtime/state/state_file.h"
#include "runtime/state/state_table.h"

namespace sojourn {

class StateStore {
 public:
  // `path` is the file; it is made when it is not there.
  static Result<std::unique_ptr<StateStore>> open(const std::string& path, StateLimits limits, const Clock& clock,
                                                  const Log& log);
  ~StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // Runs `operation(StateTable&, MonotonicTime now)` alone and gives what it gives.
  template <class Operation>
  auto with(Operation operation) {
    const std::lock_guard lock(mutex_);
    auto answer = operation(table_, clock_.now());
    if (table_.changed()) changed_.notify_one();
    return answer;
  }

  static constexpr std::chrono::milliseconds kWriteEvery{10};
  static constexpr std::chrono::milliseconds kRetryEvery{1000};
  static constexpr std::chrono::milliseconds kSweepEvery{1000};
  static constexpr std::size_t kBatchMax = 1000;    // keys written in one transaction
  static constexpr std::size_t kSweepMax = 10'000;  // keys looked at in one sweep

 private:
  StateStore(StateFile file, StateLimits limits, const Clock& clock, const Log& log);
  void write_behind();
  bool write(std::vector<StateChange>& batch);

  StateFile file_;  // the writing thread's
  const Clock& clock_;
  const Log& log_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  StateTable table_;
  bool closing_ = false;
  bool disk_fails_ = false;  // the writing thread's
  std::thread thread_;
};

}  // namespace sojourn
