// The EventWork is what goes on while the journal is open: the dispatcher takes what is due through its steps,
// schedules fire, directories are watched, and what is old is forgotten.
//
// Thread: the home loop.
// Owner:  the EventDesk. The site, the workers and the journal outlive it.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "gateway/events/home_site.h"
#include "gateway/site.h"
#include "runtime/event/dispatch/dispatcher.h"
#include "runtime/event/journal/journal.h"
#include "runtime/outgoing/http_client.h"

namespace sojourn {

class EventDesk;

class EventWork {
 public:
  EventWork(Site& site, Loop& home, EventDesk& desk, Journal& journal);

  void deployed();
  void cancelled(std::string_view run) { dispatcher_.cancelled(run); }
  // Nothing more is begun; `done` once what is under way has ended, or after `patience`.
  void drain(std::chrono::milliseconds patience, std::function<void()> done);
  DispatchStats stats() const { return dispatcher_.stats(); }

 private:
  HomeSite home_site_;
  HttpClient http_;
  Dispatcher dispatcher_;
  Timer patience_;
  std::function<void()> drained_;
};

}  // namespace sojourn
