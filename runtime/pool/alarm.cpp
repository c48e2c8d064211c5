#include "runtime/pool/alarm.h"

#include <algorithm>

namespace sojourn {

void Alarm::arm(MonotonicTime at) {
  using std::chrono::milliseconds;
  if (!timer_) timer_.emplace(loop_);
  armed_ = at;
  const auto left = std::chrono::ceil<milliseconds>(at - loop_.now());
  const auto delay = std::clamp<milliseconds>(left, milliseconds(1), milliseconds(1'000'000'000));
  timer_->start(delay, [this] {
    armed_ = MonotonicTime::max();
    sweep_();
  });
}

}  // namespace sojourn
