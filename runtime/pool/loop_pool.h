// A LoopPool places the calls of one function version that start on one loop: into an idle instance, behind another
// call when that costs less than waking a process, or into the queue; and it makes, recalls, retires and buries the
// loop's instances.
//
// reuse   Few hot instances carry short calls (queue ahead while their work is worth less than kWakeWorth, or, with
//         none idle, up to 1 ms); calls longer than that get an instance each, up to instances.max.
// fresh   Each call takes a started process from the shelf, which is refilled after the reply was written.
//
// Thread:     its loop only.
// Owner:      a VersionPool. It outlives the calls that were placed.
// Invariant:  a call is in the queue, in one instance, or ended; queued calls and instances are bounded over all loops.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/pool/alarm.h"
#include "runtime/pool/arrival_estimate.h"
#include "runtime/pool/pool_call.h"
#include "runtime/pool/pool_world.h"
#include "runtime/pool/service_estimate.h"
#include "runtime/sandbox/host/instance.h"

namespace sojourn {

class VersionPool;
struct PoolCounters;

class LoopPool final : public InstanceOwner {
 public:
  LoopPool(VersionPool& pool, LoopSide& side);
  ~LoopPool();

  // Takes the call. It ends by one of its on_call_..., in a later turn.
  void place(PoolCall& call);
  // Ends a call that was not placed, at the end of the turn.
  void refuse(PoolCall& call, Error error, std::chrono::milliseconds retry_after) {
    call.placed_at = std::chrono::steady_clock::now();
    refuse_later(call, std::move(error), retry_after);
  }
  // Nobody waits for the call. True: it was taken back unbegun and is the caller's again. False: it runs, and will end.
  bool withdraw(PoolCall& call);
  void consumed(PoolCall& call, std::size_t bytes);

  // A call waits inside its instance for another call, and no longer does. When all instances there may be wait so,
  // nested calls are refused: nobody could take them before those who wait.
  void begins_waiting();
  void ends_waiting();

  // Calls `ready` once an instance serves, or with the reason why none does.
  void prepare(std::function<void(Status)> ready);
  // What is idle goes; what is busy goes after its call. For a version without new calls, and for an old template.
  void retire_idle();
  // A secret has changed: instances that were given the old value get no new call, and go as retire_idle() says.
  void renew_secrets();

  bool empty() const { return instances_.empty() && backlog_.empty(); }
  std::size_t side() const { return side_.index; }
  BufferShelf& buffers() { return side_.scratch.buffers; }
  // REQUIRES: empty(). Holds nothing of the loop until it is called again.
  void rest() {
    alarm_.rest();
    claim_pages_.clear();
  }

  // Word from the home loop.
  void on_exit(std::uint32_t serial, std::int32_t status);
  void on_no_instance(std::uint32_t serial, const Error& error, std::chrono::milliseconds retry_after);
  void on_template_gone(const Error& error, std::chrono::milliseconds retry_after);
  void take_over(std::unique_ptr<Instance> instance);
  void offer_idle();  // to loops that wait

  void on_instance_ready(Instance& instance) override;
  void on_instance_progress(Instance& instance, int ended) override;
  void on_instance_returns(Instance& instance, InstanceCall& call) override;
  void on_instance_line(Instance& instance, const InstanceLine& line) override;
  void on_instance_state(Instance& instance) override;
  void kill_instance(Instance& instance) override;
  void on_instance_gone(Instance& instance) override;

  static constexpr std::chrono::microseconds kWakeWorth{400};      // of queued work; what waking a process may cost
  static constexpr std::chrono::milliseconds kStallMax{1};         // without progress, then waiting calls come back
  static constexpr std::chrono::milliseconds kScaleAfter{1};       // a call of unknown length waits so long
  static constexpr std::chrono::milliseconds kScaleShortAfter{5};  // a short one, when all instances are full
  static constexpr std::chrono::milliseconds kEndOfFileMax{50};    // after a kill
  static constexpr std::chrono::milliseconds kReasonMax{250};      // after the end; the template says it within one
  static constexpr std::chrono::milliseconds kLeaveMax{1200};      // SOJOURN_STOP has 1 s
  static constexpr std::chrono::seconds kStartMax{10};             // SOJOURN_START
  static constexpr std::chrono::seconds kShelfMax{60};             // an unused process of the shelf
  static constexpr std::chrono::milliseconds kUnsettledMax{5};     // after READY; one-shot: of its call
  static constexpr std::size_t kClaimPagesKept = 16;
  static constexpr std::chrono::milliseconds kShortQueue{100};  // of work, in which backlog.length does not bound it
  static constexpr int kShortQueueMax = 2048;                   // calls
  static constexpr std::chrono::milliseconds kQuantum{1};       // then a loop that waits gets an instance of a busy one
  static constexpr int kForksPerTurn = 4;
  static constexpr int kLostMax = 2;                        // instances that may die before they begin a call
  static constexpr int kTogetherMax = 8;                    // calls of one turn that go to one instance
  static constexpr std::size_t kAheadFrameMax = 32 * 1024;  // bytes of a call that may wait behind another

 private:
  struct Refusal {
    PoolCall* call;
    Error error;
    std::chrono::milliseconds retry_after;
  };

  bool fresh() const;
  Instance* choose(const PoolCall& call, MonotonicTime now);
  Instance* choose_busy();
  void hand(Instance& instance, PoolCall& call, MonotonicTime now);
  void hand_ahead(Instance& instance, MonotonicTime now);
  void begin_work(Instance& instance, MonotonicTime now);
  bool may_wait(const PoolCall& call, int waiting) const;
  void enqueue(PoolCall& call, MonotonicTime now);
  void unqueue(PoolCall& call);
  void feed(MonotonicTime now);
  void scale(MonotonicTime now);
  int wanted_for_backlog(MonotonicTime now) const;
  int wanted_for_shelf(MonotonicTime now);
  std::unique_ptr<Instance> detach(Instance& instance);
  int instances_bound() const;
  bool make_instance();
  Result<InstanceSecretsPtr> secrets();
  void refuse_later(PoolCall& call, Error error, std::chrono::milliseconds retry_after);
  void refuse_all(const Error& error, std::chrono::milliseconds retry_after);
  bool all_wait() const;
  void refuse_nested();
  void become_idle(Instance& instance, MonotonicTime now);
  void drop_idle(Instance& instance);
  void tell_prepared(const Status& status);
  void want_turn_end();
  void turn_end();
  void bury();
  bool give_away(Instance& instance);
  void note_waiting();
  std::uint32_t others_waiting() const;
  bool must_yield(MonotonicTime now);

  void sweep();
  void sweep_instance(Instance& instance, MonotonicTime now);
  void sweep_serving(Instance& instance, MonotonicTime now);
  void sweep_ahead(Instance& instance, MonotonicTime now);
  void refuse_waited(PoolCall& call);
  void sweep_backlog(MonotonicTime now);
  void sweep_idle(MonotonicTime now);

  VersionPool& pool_;
  PoolCounters& counters_;
  LoopSide& side_;
  Alarm alarm_;
  ServiceEstimate service_;
  ArrivalEstimate arrivals_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<Instance*> idle_;  // ready and without a call, the last used at the end
  Instance* hot_ = nullptr;      // that got the last call
  int starting_ = 0;             // instances not yet ready
  CallQueue backlog_;
  std::vector<std::unique_ptr<Instance>> graveyard_;
  std::vector<Refusal> refusals_;
  std::vector<ClaimMemoryPtr> claim_pages_;  // of instances that are gone
  InstanceSecretsPtr secrets_;               // for the next instance, or nullptr until it is wanted
  std::vector<std::function<void(Status)>> preparing_;
  bool turn_end_wanted_ = false;
  bool min_wanted_ = false;  // prepared, so instances.min holds
  MonotonicTime last_arrival_{};
  MonotonicTime others_wait_since_ = MonotonicTime::max();
};

}  // namespace sojourn
