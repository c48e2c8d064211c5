#include "runtime/call/version_table.h"

namespace sojourn {
namespace {

std::string key_of(const Version& version) {
  return version.function + '@' + std::to_string(version.number);
}

bool same(const Version& a, const Version& b) {
  return &a == &b || (a.artifact.digest == b.artifact.digest && a.entry.symbol == b.entry.symbol &&
                      a.config == b.config && a.fused == b.fused);
}

}  // namespace

std::shared_ptr<VersionPool> VersionTable::find(const Version& version) const {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = pools_.equal_range(key_of(version));
  for (auto at = first; at != last; ++at) {
    if (same(at->second->version(), version)) return at->second;
  }
  return nullptr;
}

std::vector<std::shared_ptr<VersionPool>> VersionTable::find_all(const Version& version) const {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = pools_.equal_range(key_of(version));
  std::vector<std::shared_ptr<VersionPool>> found;
  for (auto at = first; at != last; ++at) {
    if (at->second->version().artifact.digest == version.artifact.digest) found.push_back(at->second);
  }
  return found;
}

std::shared_ptr<VersionPool> VersionTable::find_or_make(const VersionPtr& version) {
  if (auto found = find(*version)) return found;
  const std::lock_guard lock(mutex_);
  const std::string key = key_of(*version);
  const auto [first, last] = pools_.equal_range(key);
  for (auto at = first; at != last; ++at) {
    if (same(at->second->version(), *version)) return at->second;
  }
  return pools_.emplace(key, std::make_shared<VersionPool>(version, world_))->second;
}

void VersionTable::remove(const VersionPool& pool) {
  const std::lock_guard lock(mutex_);
  std::erase_if(pools_, [&](const auto& entry) { return entry.second.get() == &pool; });
}

std::vector<std::shared_ptr<VersionPool>> VersionTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<VersionPool>> pools;
  for (const auto& [key, pool] : pools_) pools.push_back(pool);
  return pools;
}

}  // namespace sojourn
