// The EventDesk is the gateway's counter for events: what HTTP, hooks, schedules and functions hand in becomes durable
// here, and the dispatcher takes it from there.
//
// It is there even when the journal is not: then everything answers kStoreUnavailable with the reason, functions go on
// being served, and the journal is tried again every kReopenEvery.
//
// Thread: accept(), publish(), enqueue(), begin_call(), commit() and ask() on any loop; `done` comes there in a later
//         turn. journal(), state() and counters() any. The rest on the home loop.
// Owner:  the Gateway. It outlives the Runtime's calls and the loops' last turn.
// Errors: kStoreUnavailable when the journal does not take anything at present: nothing was kept, the sender is to come
//         again. kDraining once the intake is closed.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/events/came_by.h"
#include "gateway/site.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

class EventDesk final : public EventKeeper {
 public:
  using AcceptedAll = std::function<void(Result<std::vector<Accepted>>)>;
  static constexpr std::chrono::milliseconds kReopenEvery{5'000};

  EventDesk(Site& site, Loop& home, std::string directory);
  ~EventDesk();
  EventDesk(const EventDesk&) = delete;
  EventDesk& operator=(const EventDesk&) = delete;

  // Opens the journal, or notes why it cannot be, and begins to take what is due through its steps. Once, before the
  // loops run and when the site's workers are there.
  void open();

  // Makes each of them durable in one batch; all or none.
  void publish(std::vector<CloudEvent> events, Worker& worker, AcceptedAll done);
  void enqueue(std::string_view queue, std::vector<CloudEvent> events, Worker& worker, AcceptedAll done);
  // Whatever intake.h made of something that came in. Data that is too long for a row goes to the payload store here.
  void accept(std::vector<Acceptance> acceptances, CameBy by, Loop& loop, AcceptedAll done);
  // An asynchronous call: its run has the call's id. kCallIdTaken when there is a run of that id.
  void begin_call(const StoredCall& call, Loop& loop, std::function<void(Status)> done);

  // From the runtime, with the success of the call that emitted them.
  void commit(EmittedBy by, EmittedEvents events, Loop& loop, std::function<void(Status)> done) override;

  // Work for the journal from anywhere in the gateway, answered on `loop`.
  template <class T>
  void ask(WorkKind kind, Loop& loop, std::function<Result<T>(JournalEngine&)> work,
           std::function<void(Result<T>)> done) {
    Journal* const open = journal();
    if (open == nullptr) return loop.post([done, why = unavailable()] { done(Result<T>(why)); });
    open->ask<T>(kind, loop, std::move(work), std::move(done));
  }
  // Null while it cannot be opened.
  Journal* journal() const { return journal_.load(std::memory_order_acquire); }
  // Why there is none, as kStoreUnavailable.
  Error unavailable() const;

  // What was accepted since the process began, by how it came.
  std::uint64_t accepted(CameBy by) const { return accepted_[static_cast<std::size_t>(by)].load(); }

  // From here on nothing new is accepted but what functions that still run emit.
  void close_intake() { closed_ = true; }
  // No more jobs are begun; `done` once those under way have ended or were given back.
  void drain(std::function<void()> done);

 private:
  class Work;  // the dispatcher and what it stands on

  void try_open();
  void submit(std::vector<Acceptance> acceptances, CameBy by, Loop& loop, AcceptedAll done);
  Worker& worker_of(Loop& loop) const;

  Site& site_;
  Loop& home_;
  const std::string directory_;
  std::unique_ptr<Journal> owned_;
  std::atomic<Journal*> journal_{nullptr};
  std::atomic<bool> closed_{false};
  std::array<std::atomic<std::uint64_t>, kWaysIn> accepted_{};
  mutable std::mutex mutex_;  // guards why_
  std::string why_;
  std::unique_ptr<Work> work_;
  std::unique_ptr<Timer> reopen_;
};

}  // namespace sojourn
