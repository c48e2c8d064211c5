#include "runtime/loop/loop.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>
#include <utility>
#include <uv.h>
#include <vector>

namespace sojourn {

class Loop::Impl {
 public:
  Impl() {
    [[maybe_unused]] int failed = ::uv_loop_init(&loop_);
    assert(failed == 0);
    ::uv_async_init(&loop_, &wake_, [](uv_async_t* handle) { static_cast<Impl*>(handle->data)->run_posted(); });
    ::uv_check_init(&loop_, &check_);
    ::uv_prepare_init(&loop_, &prepare_);
    wake_.data = check_.data = prepare_.data = this;
    // After polling and before sleeping again: whatever asked for the end of the turn runs at both places.
    ::uv_check_start(&check_, [](uv_check_t* handle) { static_cast<Impl*>(handle->data)->run_turn_end(); });
    ::uv_prepare_start(&prepare_, [](uv_prepare_t* handle) { static_cast<Impl*>(handle->data)->run_turn_end(); });
    owner_ = std::this_thread::get_id();
  }

  ~Impl() {
    ::uv_walk(
        &loop_,
        [](uv_handle_t* handle, void*) {
          if (!::uv_is_closing(handle)) ::uv_close(handle, nullptr);
        },
        nullptr);
    ::uv_run(&loop_, UV_RUN_DEFAULT);
    ::uv_loop_close(&loop_);
  }

  void run() {
    owner_ = std::this_thread::get_id();
    ::uv_run(&loop_, UV_RUN_DEFAULT);
  }

  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(work));
    }
    ::uv_async_send(&wake_);
  }

  void at_turn_end(std::function<void()> work) { turn_end_.push_back(std::move(work)); }

  bool on_thread() const { return owner_ == std::this_thread::get_id(); }
  uv_loop_t* raw() { return &loop_; }

 private:
  void run_posted() {
    std::vector<std::function<void()>> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(posted_);
    }
    for (auto& work : batch) work();
  }

  void run_turn_end() {
    while (!turn_end_.empty()) {
      running_.swap(turn_end_);
      for (auto& work : running_) work();
      running_.clear();
    }
  }

  uv_loop_t loop_;
  uv_async_t wake_;
  uv_check_t check_;
  uv_prepare_t prepare_;
  std::atomic<std::thread::id> owner_;  // asked from any thread while run() begins on another
  std::vector<std::function<void()>> turn_end_;
  std::vector<std::function<void()>> running_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;
void Loop::run() {
  impl_->run();
}
void Loop::stop() {
  assert(on_loop_thread());
  ::uv_stop(impl_->raw());
}
void Loop::post(std::function<void()> work) {
  impl_->post(std::move(work));
}
void Loop::at_turn_end(std::function<void()> work) {
  assert(on_loop_thread());
  impl_->at_turn_end(std::move(work));
}
bool Loop::on_loop_thread() const {
  return impl_->on_thread();
}
uv_loop_s* Loop::raw() {
  return impl_->raw();
}

MonotonicTime Loop::now() const {
  // libuv's loop time is CLOCK_MONOTONIC in milliseconds, as is steady_clock's.
  return MonotonicTime(std::chrono::milliseconds(::uv_now(impl_->raw())));
}

void Loop::run_blocking(std::function<void()> work, std::function<void()> done) {
  assert(on_loop_thread());
  struct Job {
    uv_work_t request;
    std::function<void()> work, done;
  };
  auto* job = new Job{{}, std::move(work), std::move(done)};
  job->request.data = job;
  ::uv_queue_work(
      impl_->raw(), &job->request, [](uv_work_t* request) { static_cast<Job*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Job> finished(static_cast<Job*>(request->data));
        finished->done();
      });
}

// A libuv handle may be freed only in its close callback, after its owner is gone: so each lives in a Handle of its
// own, which lives at least until a later phase of the turn. That is why a callback may drop its own handle.

struct Timer::Handle {
  uv_timer_t timer;
  std::function<void()> on_fire;
};

Timer::Timer(Loop& loop) : handle_(new Handle) {
  assert(loop.on_loop_thread());
  ::uv_timer_init(loop.raw(), &handle_->timer);
  handle_->timer.data = handle_;
}

Timer::~Timer() {
  ::uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

void Timer::start(std::chrono::milliseconds delay, std::function<void()> on_fire) {
  handle_->on_fire = std::move(on_fire);
  const auto fire = [](uv_timer_t* timer) {
    auto on_fire_now = std::move(static_cast<Handle*>(timer->data)->on_fire);
    on_fire_now();
  };
  ::uv_timer_start(&handle_->timer, fire, static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0)), 0);
}

void Timer::repeat(std::chrono::milliseconds every, std::function<void()> on_fire) {
  handle_->on_fire = std::move(on_fire);
  const auto fire = [](uv_timer_t* timer) {
    auto* handle = static_cast<Handle*>(timer->data);
    const auto on_fire_now = handle->on_fire;
    on_fire_now();
  };
  const auto period = static_cast<std::uint64_t>(std::max<std::int64_t>(every.count(), 1));
  ::uv_timer_start(&handle_->timer, fire, period, period);
}

void Timer::stop() {
  ::uv_timer_stop(&handle_->timer);
}
bool Timer::active() const {
  return ::uv_is_active(reinterpret_cast<const uv_handle_t*>(&handle_->timer)) != 0;
}

struct FdWatcher::Handle {
  uv_poll_t poll;
  std::function<void(int)> on_ready;
  int interest = 0;  // that is being watched for
};

FdWatcher::FdWatcher(Loop& loop, int fd) : handle_(new Handle) {
  assert(loop.on_loop_thread());
  [[maybe_unused]] const int failed = ::uv_poll_init(loop.raw(), &handle_->poll, fd);
  assert(failed == 0);
  handle_->poll.data = handle_;
}

FdWatcher::~FdWatcher() {
  ::uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

void FdWatcher::watch(int interest, std::function<void(int)> on_ready) {
  if (on_ready) handle_->on_ready = std::move(on_ready);
  if (interest == handle_->interest) return;  // libuv would leave the kernel's set and join it again
  handle_->interest = interest;
  const auto ready = [](uv_poll_t* poll, int status, int events) {
    // The close callback that frees the handle comes in a later phase of the turn, so `handle` lives through this.
    auto* handle = static_cast<Handle*>(poll->data);
    int bits = status < 0 ? kReadable | kWritable : 0;
    if (status < 0) handle->interest = 0;  // libuv has stopped watching
    if (events & UV_READABLE) bits |= kReadable;
    if (events & UV_WRITABLE) bits |= kWritable;
    handle->on_ready(bits);
  };
  int events = 0;
  if (interest & kReadable) events |= UV_READABLE;
  if (interest & kWritable) events |= UV_WRITABLE;
  ::uv_poll_start(&handle_->poll, events, ready);
}

void FdWatcher::stop() {
  handle_->interest = 0;
  ::uv_poll_stop(&handle_->poll);
}

struct SignalWatcher::Handle {
  uv_signal_t signal;
  std::function<void()> on_signal;
};

SignalWatcher::SignalWatcher(Loop& loop, int signal, std::function<void()> on_signal)
    : handle_(new Handle{{}, std::move(on_signal)}) {
  ::uv_signal_init(loop.raw(), &handle_->signal);
  handle_->signal.data = handle_;
  ::uv_signal_start(
      &handle_->signal, [](uv_signal_t* raw, int) { static_cast<Handle*>(raw->data)->on_signal(); }, signal);
}

SignalWatcher::~SignalWatcher() {
  ::uv_close(reinterpret_cast<uv_handle_t*>(&handle_->signal),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

}  // namespace sojourn
