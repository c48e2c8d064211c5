// The EventWork is what goes on while the journal is open: the dispatcher takes what is due through its steps,
// schedules fire, directories are watched, and what is old is forgotten.
//
// Thread: the home loop.
// Owner:  the EventDesk. The site, the workers and the journal outlive it.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "gateway/events/event_figures.h"
#include "gateway/events/home_site.h"
#include "gateway/site.h"
#include "runtime/event/dispatch/dispatcher.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/sources/cron_keeper.h"
#include "runtime/event/sources/files_keeper.h"
#include "runtime/outgoing/http_client.h"

namespace sojourn {

class EventWork {
 public:
  static constexpr std::chrono::seconds kTendEvery{20};  // what is old, or too much, is looked for

  EventWork(Site& site, Loop& home, Journal& journal);

  void deployed();
  void cancelled(std::string_view run) { dispatcher_.cancelled(run); }
  // Nothing more is begun; `done` once what is under way has ended, or after `patience`.
  void drain(std::chrono::milliseconds patience, std::function<void()> done);
  // What goes on here, into these.
  void add_to(EventFigures& figures) const;

 private:
  HomeSite home_site_;
  HttpClient http_;
  Dispatcher dispatcher_;
  CronKeeper schedules_;
  FilesKeeper files_;
  Timer tend_;
  Timer patience_;
  std::function<void()> drained_;
};

}  // namespace sojourn
