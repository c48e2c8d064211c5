#include "gateway/http/connection_quota.h"

#include <cassert>

namespace sojourn {

ConnectionQuota::Answer ConnectionQuota::enter(const std::string& address, int connections_max, int per_address_max) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= connections_max) return Answer::kTooManyConnections;
  const auto [row, is_new] = by_address_.try_emplace(address, 0);
  if (row->second >= per_address_max) {
    if (is_new) by_address_.erase(row);
    return Answer::kTooManyOfAddress;
  }
  ++row->second;
  ++connections_;
  return Answer::kAdmitted;
}

void ConnectionQuota::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto row = by_address_.find(address);
  assert(row != by_address_.end());
  if (--row->second == 0) by_address_.erase(row);
  --connections_;
}

}  // namespace sojourn
