#include "runtime/pool/arrival_estimate.h"

namespace sojourn {

void ArrivalEstimate::move_to(MonotonicTime now) {
  const std::int64_t step = now.time_since_epoch() / kStep;
  if (step_ < 0 || step - step_ >= static_cast<std::int64_t>(kSteps)) {
    steps_.fill(0);
    having_.fill(0);
    having_[0] = kSteps;
    step_ = step;
  }
  while (step_ < step) {
    ++step_;
    std::uint8_t& oldest = steps_[static_cast<std::size_t>(step_) % kSteps];
    --having_[oldest];
    ++having_[0];
    oldest = 0;
  }
}

void ArrivalEstimate::arrived(MonotonicTime now) {
  move_to(now);
  std::uint8_t& count = steps_[static_cast<std::size_t>(step_) % kSteps];
  if (count == kCountMax) return;
  --having_[count];
  ++having_[++count];
}

int ArrivalEstimate::percentile() const {
  std::size_t above = kSteps / 100;  // steps that may have more
  for (std::size_t count = kCountMax; count > 0; --count) {
    if (having_[count] > above) return static_cast<int>(count);
    above -= having_[count];
  }
  return 0;
}

int ArrivalEstimate::target(MonotonicTime now) {
  move_to(now);
  return percentile() + 1;
}

}  // namespace sojourn
