// The EventDesk is the gateway's counter for events: what HTTP, hooks, schedules and functions hand in becomes durable
// here, and the dispatcher takes it from there.
//
// It is there even when the journal is not: then everything answers kStoreUnavailable, functions go on being served,
// and the journal is tried again every kReopenEvery. Why, its callers never hear from here (journal_faults.h).
//
// Thread: accept(), publish(), enqueue(), begin_call(), cancel(), commit() and ask() on any loop; `done` comes there in
//         a later turn. journal(), state() and counters() any. The rest on the home loop.
// Owner:  the Gateway. It outlives the Runtime's calls and the loops' last turn.
// Bound:  kWaitingBytesMax of all that waits for the journal.
// Errors: kStoreUnavailable when the journal does not take anything at present: nothing was kept, the sender is to come
//         again. kDraining once the intake is closed.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/events/came_by.h"
#include "gateway/events/event_figures.h"
#include "gateway/events/journal_faults.h"
#include "gateway/events/waiting_bytes.h"
#include "gateway/site.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

class EventWork;

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
  enum class CallId {
    kMade,    // here, at random
    kChosen,  // by who calls, and maybe used before
  };
  // An asynchronous call: its run has the call's id. kCallIdTaken when a call chose that id lately, or a run has it.
  void begin_call(const StoredCall& call, CallId id, Loop& loop, std::function<void(Status)> done);
  // Ends a run that has not ended, and what of it is under way. False: it has ended, or there is none.
  void cancel(std::string run, Loop& loop, std::function<void(Result<bool>)> done);

  // From the runtime, with the success of the call that emitted them.
  void commit(EmittedBy by, EmittedEvents events, Loop& loop, std::function<void(Status)> done) override;

  // Work for the journal from anywhere in the gateway, answered on `loop`.
  template <class T>
  void ask(WorkKind kind, Loop& loop, std::function<Result<T>(JournalEngine&)> work,
           std::function<void(Result<T>)> done) {
    Journal* const open = journal();
    if (open == nullptr) return loop.post([done] { done(Result<T>(journal_unavailable())); });
    open->ask<T>(kind, loop, std::move(work), [this, done = std::move(done)](Result<T> answer) {
      done(answer.ok() ? std::move(answer) : Result<T>(told(answer.error())));
    });
  }
  // An error of the journal's own files, as a caller may hear it. Any thread.
  Error told(const Error& error) { return faults_.told(site_.log, error); }
  // Null while it cannot be opened.
  Journal* journal() const { return journal_.load(std::memory_order_acquire); }

  // `done` in any case, with what could be learned.
  void figures(Loop& loop, std::function<void(EventFigures)> done);

  // From here on nothing new is accepted but what functions that still run emit, and no more jobs are begun. `done`
  // once those under way have ended, or after `patience`: then they are left to the next server.
  void drain(std::chrono::milliseconds patience, std::function<void()> done);
  // The rest of what is under way is dropped. The journal stays until the desk goes.
  void end_work();

  // Something else is deployed now, and the home worker shows it.
  void deployed();

 private:
  Status try_open();
  void let_go(const std::string& run);
  void ask_figures(EventFigures figures, Loop& loop, std::function<void(EventFigures)> done);
  void submit(std::vector<Acceptance> acceptances, CameBy by, Loop& loop, AcceptedAll done);
  Worker& worker_of(const Loop& loop) const;

  Site& site_;
  Loop& home_;
  const std::string directory_;
  std::unique_ptr<Journal> owned_;
  std::atomic<Journal*> journal_{nullptr};
  std::atomic<bool> closed_{false};
  std::array<std::atomic<std::uint64_t>, kWaysIn> accepted_{};
  WaitingBytes waiting_;
  JournalFaults faults_;
  std::unique_ptr<EventWork> work_;
  std::unique_ptr<Timer> reopen_;
};

}  // namespace sojourn
