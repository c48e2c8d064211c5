// How many bytes of events wait for the journal at present, and may. Requests are bounded one by one, and so is how
// many of them wait; both together are still more than a server has, when the disk is slow.
//
// Thread: any.
// Bound:  kWaitingBytesMax, of all that waits; what comes while nothing waits is taken, however long it is.
// Errors: kStoreUnavailable, with the bound.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

inline constexpr std::size_t kWaitingBytesMax = 256u << 20;

class WaitingBytes {
 public:
  explicit WaitingBytes(std::size_t most = kWaitingBytesMax) : most_(most) {}

  Status take(std::size_t bytes);
  // What was taken does not wait any more.
  void give_back(std::size_t bytes) { waiting_ -= bytes; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> waiting_{0};
};

// What these take in memory, roughly and not less: data, attributes, and the runs that they begin.
std::size_t bytes_of(const std::vector<Acceptance>& acceptances);

}  // namespace sojourn
