// A call that waits for another that wants the same: woken when that is settled, it looks once more.
//
// Thread: the loop of the call.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>

#include "gateway/guards/cache.h"
#include "gateway/guards/kept_request.h"
#include "gateway/guards/passage.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class Cache::Wait final : public Passage {
 public:
  using Waiter = CacheWaiter<Wait>;

  Wait(Cache& cache, std::shared_ptr<Waiter> waiter, const RequestView& request, const Inner& inner, Caller& caller)
      : Passage(inner, caller), cache_(cache), waiter_(std::move(waiter)), request_(request), deadline_(inner.loop()) {
    waiter_->passage = this;
    constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24);
    const auto left = std::min(inner.time_left(), kLongest);
    deadline_.start(std::chrono::ceil<std::chrono::milliseconds>(left), [this] { give_up(); });
  }
  ~Wait() override { waiter_->passage = nullptr; }

  void woken(CacheWake how) {
    waiter_->passage = nullptr;
    deadline_.stop();
    const Round round = how == CacheWake::kAbandoned ? Round::kFirst : Round::kAfterWait;
    call_ = cache_.look_up(request_.view(), inner_, *this, round);
  }

 private:
  void give_up() {
    waiter_->passage = nullptr;
    on_failure({ErrorCode::kDeadline,
                "the deadline passed while the call waited in `cache` for another that asks the same",
                {}},
               {});
  }

  Cache& cache_;
  const std::shared_ptr<Waiter> waiter_;
  const KeptRequest request_;
  Timer deadline_;
};

}  // namespace sojourn
