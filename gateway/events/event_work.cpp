#include "gateway/events/event_work.h"

#include <utility>

namespace sojourn {
namespace {

HttpClient::PrivateAddresses addresses_of(const GatewayOptions& options) {
  using Addresses = HttpClient::PrivateAddresses;
  return options.allow_private ? Addresses::kPermitted : Addresses::kRefused;
}

}  // namespace

EventWork::EventWork(Site& site, Loop& home, Journal& journal)
    : home_site_(*site.workers.front()),
      http_(home, addresses_of(site.options)),
      dispatcher_({home, journal, site.runtime, http_, home_site_, site.log, Clock::system(), site.options.dev}),
      schedules_(
          home, journal, [this] { return home_site_.triggers(); }, Clock::system(), site.log),
      files_(home, journal, [this] { return home_site_.triggers(); }, Clock::system(), site.log,
             WatchRoots(site.options.files), {site.options.data_directory}),
      tend_(home),
      patience_(home) {
  dispatcher_.start();
  schedules_.started();
  files_.deployed();
  tend_.repeat(kTendEvery, [&journal] { journal.tend(wall_ms()); });
}

void EventWork::deployed() {
  dispatcher_.deployed();
  schedules_.deployed();
  files_.deployed();
}

void EventWork::add_to(EventFigures& figures) const {
  figures.dispatch = dispatcher_.stats();
  figures.accepted[static_cast<std::size_t>(CameBy::kSchedule)] += schedules_.stats().fired;
  figures.accepted[static_cast<std::size_t>(CameBy::kFiles)] += files_.stats().taken;
}

void EventWork::drain(std::chrono::milliseconds patience, std::function<void()> done) {
  drained_ = std::move(done);
  // All that it needs is taken out first: what is told may end this object.
  const auto finish = [this] {
    const std::function<void()> told = std::exchange(drained_, {});
    patience_.stop();
    if (told) told();
  };
  patience_.start(patience, finish);
  dispatcher_.drain(finish);
}

}  // namespace sojourn
