// The EventDesk is the gateway's counter for events: what HTTP, hooks, schedules and functions hand in becomes durable
// here, and the dispatcher takes it from there.
//
// Thread: publish(), enqueue(), begin(), call_async() and commit() on any loop; `done` comes there in a later turn. The
//         rest on the home loop.
// Owner:  the Gateway. It outlives the Runtime's calls and the loops' last turn.
// Errors: kStoreUnavailable when the journal does not take anything at present: nothing was kept, the sender is to come
//         again.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/site.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {

class EventDesk final : public EventKeeper {
 public:
  using AcceptedAll = std::function<void(Result<std::vector<Accepted>>)>;

  EventDesk(Site& site, Loop& home, Journal& journal);
  ~EventDesk();

  // Makes each of them durable in one batch; all or none.
  void publish(std::vector<CloudEvent> events, Worker& worker, AcceptedAll done);
  void enqueue(std::string_view queue, std::vector<CloudEvent> events, Worker& worker, AcceptedAll done);
  // Whatever intake.h made of something that came in.
  void accept(std::vector<Acceptance> acceptances, Loop& loop, AcceptedAll done);

  void commit(EmittedBy by, EmittedEvents events, Loop& loop, std::function<void(Status)> done) override;

  Journal& journal() { return journal_; }

 private:
  Site& site_;
  Loop& home_;
  Journal& journal_;
};

}  // namespace sojourn
