// A LeaseBook knows which jobs are leased. It lives in memory alone, as leases do: in the file a leased job is one that
// waits, with its attempt counted, and the next epoch finds it so. What a batch has changed goes with the batch.
//
// Since leased jobs stay in the index of what waits, the book also knows from where on there may be others.
//
// Thread: one, the engine's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/event/journal/records.h"

namespace sojourn {

class LeaseBook {
 public:
  struct Lease {
    std::int64_t token = 0;
    int attempt = 0;
    bool has_input = false;
    std::string lane;
    std::int64_t event = 0;  // the number of its run's event
  };
  using Leases = std::unordered_map<std::int64_t, Lease>;  // by job

  const Lease* find(std::int64_t job) const;
  const Leases& all() const { return leases_; }
  void take(std::int64_t job, Lease lease);
  void end(std::int64_t job);

  // All jobs of the lane that are due before this and wait are leased.
  EpochMs look_from(std::string_view lane) const;
  void looked(std::string_view lane, EpochMs until);
  // A job of the lane became ready.
  void ready(std::string_view lane, EpochMs due);

  void commit();
  void rollback();

 private:
  Leases leases_;
  std::vector<std::pair<std::int64_t, std::optional<Lease>>> before_;  // the present batch's changes
  std::map<std::string, EpochMs, std::less<>> look_from_;
};

}  // namespace sojourn
