// CacheFlights sees to it that calls that want the same thing at the same time become one call: the first leads, the
// others wait, on whatever loop they are, until it is settled.
//
// Thread: join and finish on any loop; a waiter is woken on its own, in a later turn.
// Bound:  kWaitersMax wait for one leader; the next is told kFull and goes by itself.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/loop/loop.h"

namespace sojourn {

enum class CacheWake {
  kSettled,    // the leader has its reply; what could be stored is stored
  kAbandoned,  // the leader's client went away: nothing is known
};

// Who waits. `passage` belongs to the loop, and is null once nobody waits any more.
template <class Passage>
struct CacheWaiter {
  Loop* loop;
  Passage* passage;
};

template <class Passage>
class CacheFlights {
 public:
  using WaiterPtr = std::shared_ptr<CacheWaiter<Passage>>;
  enum class Place { kLeads, kWaits, kFull };
  static constexpr std::size_t kWaitersMax = 1024;

  // Without a waiter the answer to a flight under way is kFull.
  Place join(const std::string& key, const WaiterPtr& waiter) {
    const std::lock_guard lock(mutex_);
    const auto [flight, began] = flights_.try_emplace(key);
    if (began) return Place::kLeads;
    if (!waiter || flight->second.size() >= kWaitersMax) return Place::kFull;
    flight->second.push_back(waiter);
    return Place::kWaits;
  }

  // REQUIRES: this caller leads the flight.
  void finish(const std::string& key, CacheWake how) {
    for (std::vector<WaiterPtr> waiters = take(key); !waiters.empty();) {
      Loop* const loop = waiters.front()->loop;
      std::vector<WaiterPtr> here;
      std::vector<WaiterPtr> elsewhere;
      for (WaiterPtr& waiter : waiters) (waiter->loop == loop ? here : elsewhere).push_back(std::move(waiter));
      loop->post([here = std::move(here), how] {
        for (const WaiterPtr& waiter : here) {
          if (waiter->passage != nullptr) waiter->passage->woken(how);
        }
      });
      waiters = std::move(elsewhere);
    }
  }

 private:
  std::vector<WaiterPtr> take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto flight = flights_.extract(key);
    return flight.empty() ? std::vector<WaiterPtr>() : std::move(flight.mapped());
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<WaiterPtr>> flights_;
};

}  // namespace sojourn
