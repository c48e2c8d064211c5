#include "runtime/event/journal/lane_book.h"

#include <algorithm>
#include <utility>

namespace sojourn {

void LaneBook::moved(std::string_view lane, std::optional<JobState> from, std::optional<JobState> to, EpochMs due) {
  if (from) add(lane, *from, -1);
  if (to) add(lane, *to, 1);
  if (to == JobState::kReady) wake(waking_, lane, due);
}

void LaneBook::add(std::string_view lane, JobState state, std::int64_t jobs) {
  auto found = changes_.find(lane);
  if (found == changes_.end()) found = changes_.emplace(lane, Counts()).first;
  Counts& counts = found->second;
  if (state == JobState::kHeld) counts.held += jobs;
  if (state == JobState::kReady) counts.ready += jobs;
  if (state == JobState::kLeased) counts.leased += jobs;
}

void LaneBook::wake(Wakes& wakes, std::string_view lane, EpochMs due) {
  const auto found = wakes.find(lane);
  if (found == wakes.end()) {
    wakes.emplace(lane, due);
  } else {
    found->second = std::min(found->second, due);
  }
}

void LaneBook::merge(CountsByLane& into, const CountsByLane& changes) {
  for (const auto& [lane, change] : changes) {
    Counts& counts = into[lane];
    counts.held += change.held;
    counts.ready += change.ready;
    counts.leased += change.leased;
    if (counts.held == 0 && counts.ready == 0 && counts.leased == 0) into.erase(lane);
  }
}

void LaneBook::commit() {
  merge(counts_, changes_);
  changes_.clear();
  for (const auto& [lane, due] : waking_) wake(woken_, lane, due);
  waking_.clear();
}

void LaneBook::rollback() {
  changes_.clear();
  waking_.clear();
}

void LaneBook::clear() {
  counts_.clear();
  changes_.clear();
}

std::int64_t LaneBook::ready_in(std::string_view lane) const {
  std::int64_t ready = 0;
  for (const CountsByLane* counts : {&counts_, &changes_}) {
    if (const auto found = counts->find(lane); found != counts->end()) ready += found->second.ready;
  }
  return ready;
}

bool LaneBook::has_open(std::string_view lane) const {
  std::int64_t open = 0;
  for (const CountsByLane* counts : {&counts_, &changes_}) {
    const auto found = counts->find(lane);
    if (found != counts->end()) open += found->second.held + found->second.ready + found->second.leased;
  }
  return open > 0;
}

LaneBook::CountsByLane LaneBook::counts() const {
  CountsByLane counts = counts_;
  merge(counts, changes_);
  return counts;
}

std::vector<LaneWake> LaneBook::take_woken() {
  std::vector<LaneWake> woken;
  for (auto& [lane, due] : std::exchange(woken_, {})) woken.push_back({lane, due});
  return woken;
}

}  // namespace sojourn
