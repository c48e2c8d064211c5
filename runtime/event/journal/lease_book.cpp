#include "runtime/event/journal/lease_book.h"

#include <algorithm>
#include <limits>

namespace sojourn {

const LeaseBook::Lease* LeaseBook::find(std::int64_t job) const {
  const auto found = leases_.find(job);
  return found == leases_.end() ? nullptr : &found->second;
}

void LeaseBook::take(std::int64_t job, Lease lease) {
  before_.emplace_back(job, std::nullopt);
  leases_.insert_or_assign(job, std::move(lease));
}

void LeaseBook::end(std::int64_t job) {
  const auto found = leases_.find(job);
  if (found == leases_.end()) return;
  before_.emplace_back(job, std::move(found->second));
  leases_.erase(found);
}

EpochMs LeaseBook::look_from(std::string_view lane) const {
  const auto found = look_from_.find(lane);
  return found == look_from_.end() ? std::numeric_limits<EpochMs>::min() : found->second;
}

void LeaseBook::looked(std::string_view lane, EpochMs until) {
  const auto found = look_from_.find(lane);
  if (found == look_from_.end()) {
    look_from_.emplace(lane, until);
  } else {
    found->second = until;
  }
}

void LeaseBook::ready(std::string_view lane, EpochMs due) {
  const auto found = look_from_.find(lane);
  if (found != look_from_.end()) found->second = std::min(found->second, due);
}

void LeaseBook::commit() {
  before_.clear();
  if (leases_.empty()) look_from_.clear();
}

// Looking from the beginning on again is never wrong.
void LeaseBook::rollback() {
  for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
    leases_.erase(change->first);
    if (change->second) leases_.emplace(change->first, std::move(*change->second));
  }
  before_.clear();
  look_from_.clear();
}

}  // namespace sojourn
