// The JournalFaults keep what the journal says of itself from those who send events: its errors name files of the
// server. A caller hears that the journal takes nothing; the whole reason is for the log and the server's status.
//
// Thread: any; it locks.
// Owner:  the EventDesk.
// Bound:  one line of the log in kBetween at most, and the same reason again after kRepeat.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"

namespace sojourn {

// The last one that there was.
struct JournalFault {
  std::int64_t at = 0;  // milliseconds since 1970
  std::string reason;
};

class JournalFaults {
 public:
  static constexpr std::chrono::seconds kBetween{1};
  static constexpr std::chrono::seconds kRepeat{60};

  // The error as a caller may hear it. Of the codes kStoreUnavailable and kInternal the text is replaced, and the fault
  // is noted; others are about the request, and stay.
  Error told(const Log& log, const Error& error, MonotonicTime now = std::chrono::steady_clock::now());
  std::optional<JournalFault> last() const;

 private:
  bool is_to_be_written(const std::string& reason, MonotonicTime now);

  mutable std::mutex mutex_;  // guards what follows
  std::optional<JournalFault> last_;
  std::string written_;  // the reason of the last line
  std::optional<MonotonicTime> written_at_;
};

// What callers hear of a journal that takes nothing, and of one that cannot read what it holds.
Error journal_unavailable();
Error journal_damaged();

}  // namespace sojourn
