// How many items of a queue go into one batch: as many as the consumer takes, but no more than its function accepts in
// one body. A batch that is longer would be refused each time, and would be a dead letter for good, with items in it
// that are welcome one by one.
//
// Thread: the dispatcher's loop.
// Bound:  kBatchBytesMax, and the bodyLimit of the function where the consumer's first step is a call. An item that is
//         longer than that alone is a batch of its own, for the step to say what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/event/dispatch/dispatch_site.h"
#include "runtime/event/dispatch/step_job.h"

namespace sojourn {

inline constexpr std::uint64_t kBatchBytesMax = 6u << 20;

// The bytes that one batch for this consumer may have.
std::uint64_t batch_bytes(const TriggerSource& consumer, DispatchSite& site);

// From the first item on, as they stand in the batch. REQUIRES: there is one, and `most` is one at least.
std::size_t batch_size(std::span<const StepJob> items, std::size_t most, std::uint64_t bytes);

}  // namespace sojourn
