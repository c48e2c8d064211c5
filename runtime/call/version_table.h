// The VersionTable finds the pool of a version, or makes it. Two Version objects that say the same are the same
// version: the gateway may read its deployments again at any time.
//
// Thread: any; a lock, which calls take only when their loop does not know the version yet.
// Owner:  Runtime.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/pool/version_pool.h"

namespace sojourn {

class VersionTable {
 public:
  explicit VersionTable(PoolWorld& world) : world_(world) {}

  std::shared_ptr<VersionPool> find(const Version& version) const;  // nullptr when there is none
  // All pools of the function's version: a decorator has one for each configuration that it is used with.
  std::vector<std::shared_ptr<VersionPool>> find_all(const Version& version) const;
  std::shared_ptr<VersionPool> find_or_make(const VersionPtr& version);
  void remove(const VersionPool& pool);
  std::vector<std::shared_ptr<VersionPool>> all() const;

 private:
  using Pools = std::unordered_multimap<std::string, std::shared_ptr<VersionPool>>;

  PoolWorld& world_;
  mutable std::mutex mutex_;
  Pools pools_;  // by function and number
};

}  // namespace sojourn
