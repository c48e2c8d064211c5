#include "runtime/event/dispatch/queue_scaler.h"

#include <algorithm>
#include <cmath>

namespace sojourn {

void QueueScaler::look(EpochMs now, std::size_t taken, std::size_t backlog) {
  const std::size_t arrived = taken + backlog;
  if (looked_ != 0 && now > looked_) {
    const double seconds = static_cast<double>(now - looked_) / 1000;
    const double rate = arrived > arrived_ ? static_cast<double>(arrived - arrived_) / seconds : 0;
    arrivals_per_second_ += (rate - arrivals_per_second_) * (1 - std::exp(-seconds / kMemorySeconds));
  }
  arrived_ = arrived;
  backlog_ = backlog;
  looked_ = now;
}

void QueueScaler::served(std::chrono::milliseconds took) {
  const double seconds = static_cast<double>(std::max<std::int64_t>(took.count(), 1)) / 1000;
  service_seconds_ = service_seconds_ == 0 ? seconds : service_seconds_ + (seconds - service_seconds_) / 8;
}

int QueueScaler::workers(int most) const {
  const double steady = arrivals_per_second_ * service_seconds_ / kTargetUtilisation;
  const double catching_up = static_cast<double>(backlog_) * service_seconds_ / kDrainSeconds;
  return static_cast<int>(std::clamp(std::ceil(steady + catching_up), 1.0, static_cast<double>(std::max(most, 1))));
}

QueueFigures QueueScaler::figures(int most) const {
  return {arrivals_per_second_, service_seconds_, backlog_, workers(most)};
}

}  // namespace sojourn
