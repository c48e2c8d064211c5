// A VersionPool holds everything that runs one function version: its template on the home loop, a LoopPool on each
// loop, and the counters they share, so that the bounds on instances and on waiting calls hold over all loops.
//
// Thread:  the counters from any loop; home() on the home loop; at(i) on loop i.
// Owner:   Runtime, shared with the loops that call it; it goes when it is empty.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "loader/deployment.h"
#include "runtime/pool/loop_pool.h"
#include "runtime/pool/pool_world.h"
#include "runtime/pool/template_home.h"

namespace sojourn {

// Shared by the loops. Relaxed: each is right on its own, and nothing else is read by them.
struct PoolCounters {
  std::atomic<int> instances{0};  // alive or being made; forked only below the bound
  std::atomic<int> serving{0};    // that have started; fresh: that have a call
  std::atomic<int> idle{0};
  std::atomic<int> queued{0};                   // calls that wait for an instance
  std::atomic<int> waiting{0};                  // instances whose call waits for another call
  std::atomic<std::uint32_t> loops_waiting{0};  // a bit per loop that waits and has no instance
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> cold_starts{0};
  std::atomic<std::uint64_t> crashes{0};
  std::atomic<std::uint64_t> recalled{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> templates{0};
  std::atomic<int> connections_open{0};  // outgoing ones, with those being made
  std::atomic<std::uint64_t> connections_made{0};
  std::atomic<std::uint64_t> connections_failed{0};
  std::atomic<std::uint64_t> connection_bytes_sent{0};  // of connections that have ended
  std::atomic<std::uint64_t> connection_bytes_received{0};
  std::atomic<std::int64_t> called_at_ms{0};  // monotonic; for the least recently called
  std::atomic<bool> retired{false};
};

class VersionPool : public std::enable_shared_from_this<VersionPool> {
 public:
  VersionPool(VersionPtr version, PoolWorld& world);
  ~VersionPool();

  const Version& version() const { return *version_; }
  const VersionPtr& version_ptr() const { return version_; }
  const InstanceProfile& profile() const { return profile_; }
  PoolWorld& world() const { return world_; }
  PoolCounters& counters() { return counters_; }
  const PoolCounters& counters() const { return counters_; }
  LoopPool& at(std::size_t side) { return *loops_[side]; }
  TemplateHome& home() { return home_; }

  // Tells apart all pools that there ever were in this process.
  std::uint64_t number() const { return number_; }
  // Whether its calls may wait for other calls: such are never queued behind one another in an instance.
  bool nests() const { return nests_; }

  std::uint32_t next_serial() { return serial_.fetch_add(1, std::memory_order_relaxed); }
  // Bounds: how many instances may live, and how many of them may have calls.
  int instances_max() const;
  int spares_max() const;

  // Calls `work` on the home loop or on loop `side`; the pool lives until then. On that very loop it is called at once
  // by on_home, but always in a later turn by on_side.
  void on_home(std::function<void(TemplateHome&)> work);
  void on_side(std::size_t side, std::function<void(LoopPool&)> work);
  void on_all_sides(const std::function<void(LoopPool&)>& work);

  // The loops have stopped for good: what lives on them goes now, whoever else still holds the pool.
  void close();

  void line(const PoolLine& line) const { world_.on_line(line); }

 private:
  const VersionPtr version_;
  PoolWorld& world_;
  const InstanceProfile profile_;
  const std::uint64_t number_;
  const bool nests_;
  PoolCounters counters_;
  std::atomic<std::uint32_t> serial_{1};
  TemplateHome home_;
  std::vector<std::unique_ptr<LoopPool>> loops_;
};

}  // namespace sojourn
