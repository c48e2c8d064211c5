#include "gateway/events/journal_faults.h"

namespace sojourn {

Error journal_unavailable() {
  return Error(ErrorCode::kStoreUnavailable,
               "the journal takes no events at the moment; the server's log and `sojourn status` say why");
}

Error journal_damaged() {
  return Error(ErrorCode::kInternal,
               "the journal could not read or do this; the server's log and `sojourn status` say why");
}

Error JournalFaults::told(const Log& log, const Error& error, MonotonicTime now) {
  const bool is_unavailable = error.code() == ErrorCode::kStoreUnavailable;
  if (!is_unavailable && error.code() != ErrorCode::kInternal) return error;
  const std::string reason = error.text();
  bool writes = false;
  {
    const std::lock_guard lock(mutex_);
    last_ = JournalFault{wall_ms(), reason};
    writes = is_to_be_written(reason, now);
  }
  if (writes) log.error("the journal refused", {{"reason", reason}});
  return is_unavailable ? journal_unavailable() : journal_damaged();
}

bool JournalFaults::is_to_be_written(const std::string& reason, MonotonicTime now) {
  if (written_at_ && now - *written_at_ < (reason == written_ ? kRepeat : kBetween)) return false;
  written_ = reason;
  written_at_ = now;
  return true;
}

std::optional<JournalFault> JournalFaults::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace sojourn
