#include "gateway/events/event_work.h"

#include <utility>

namespace sojourn {
namespace {

HttpClient::PrivateAddresses addresses_of(const GatewayOptions& options) {
  const bool permitted = options.dev || options.allow_private;
  return permitted ? HttpClient::PrivateAddresses::kPermitted : HttpClient::PrivateAddresses::kRefused;
}

}  // namespace

EventWork::EventWork(Site& site, Loop& home, EventDesk&, Journal& journal)
    : home_site_(*site.workers.front()),
      http_(home, addresses_of(site.options)),
      dispatcher_({home, journal, site.runtime, http_, home_site_, site.log}),
      patience_(home) {
  dispatcher_.start();
}

void EventWork::deployed() {
  dispatcher_.deployed();
}

void EventWork::drain(std::chrono::milliseconds patience, std::function<void()> done) {
  drained_ = std::move(done);
  const auto finish = [this] {
    patience_.stop();
    if (drained_) std::exchange(drained_, {})();
  };
  patience_.start(patience, finish);
  dispatcher_.drain(finish);
}

}  // namespace sojourn
