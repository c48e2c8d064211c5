#include "runtime/event/dispatch/queue_batch.h"

#include <algorithm>
#include <variant>

namespace sojourn {

std::uint64_t batch_bytes(const TriggerSource& consumer, DispatchSite& site) {
  const auto* const call = std::get_if<CallStep>(&consumer.pipeline->steps.front().act);
  if (call == nullptr) return kBatchBytesMax;
  const auto reference = reference_of(consumer.definition, call->function);
  if (!reference) return kBatchBytesMax;
  const auto chain = site.chain(*reference);
  if (!chain) return kBatchBytesMax;
  return std::min(kBatchBytesMax, (*chain)->function().version->config.body_limit);
}

std::size_t batch_size(std::span<const StepJob> items, std::size_t most, std::uint64_t bytes) {
  const std::size_t end = std::min(items.size(), most);
  std::uint64_t total = 1;  // brackets, and a comma less than there are items
  for (std::size_t i = 0; i < end; ++i) {
    total += to_structured(items[i].event).size() + 1;
    if (i > 0 && total > bytes) return i;
  }
  return end;
}

}  // namespace sojourn
