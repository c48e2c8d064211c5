#include "runtime/event/dispatch/lane_roster.h"

#include <algorithm>

namespace sojourn {

LaneRoster::Rows::iterator LaneRoster::find_or_add(std::string_view lane) {
  const auto found = lanes_.find(lane);
  return found != lanes_.end() ? found : lanes_.emplace(std::string(lane), Row()).first;
}

std::size_t LaneRoster::room(const Row& lane) {
  const auto limit = static_cast<std::size_t>(std::max(lane.limit, 1));
  const std::size_t taken = lane.under_way + lane.asked;
  return lane.is_parked || taken >= limit ? 0 : limit - taken;
}

// Brings due_ up to date with the lane; to be called after each change of it.
void LaneRoster::index(Rows::iterator at) {
  Row& lane = at->second;
  std::optional<EpochMs> due;
  if (!lane.dues.empty() && room(lane) > 0) due = std::max(*lane.dues.begin(), lane.paused_until);
  if (due == lane.indexed) return;
  if (lane.indexed) due_.erase({*lane.indexed, at->first});
  if (due) due_.emplace(*due, at->first);
  lane.indexed = due;
}

void LaneRoster::wake(std::string_view name, EpochMs due) {
  const auto at = find_or_add(name);
  Row& lane = at->second;
  lane.dues.insert(due);
  if (lane.dues.size() > kDuesMax) lane.dues.erase(std::prev(lane.dues.end()));
  index(at);
}

void LaneRoster::survey(const std::vector<LaneView>& views) {
  wants_survey_ = false;
  for (const LaneView& view : views) {
    if (view.ready == 0) continue;
    const auto at = find_or_add(view.lane);
    at->second.dues.insert(view.first_due);
    index(at);
  }
}

void LaneRoster::set_limit(std::string_view lane, int limit) {
  const auto at = find_or_add(lane);
  at->second.limit = limit;
  index(at);
}

void LaneRoster::was_busy(std::string_view lane, EpochMs now) {
  const auto at = find_or_add(lane);
  Row& row = at->second;
  row.pause = std::clamp(row.pause * 2, kPauseMin, kPauseMax);
  row.paused_until = now + row.pause;
  index(at);
}

void LaneRoster::was_free(std::string_view lane) {
  const auto at = find_or_add(lane);
  at->second.pause = 0;
  at->second.paused_until = 0;
  index(at);
}

void LaneRoster::park(std::string_view lane) {
  const auto at = find_or_add(lane);
  at->second.is_parked = true;
  index(at);
}

void LaneRoster::open_parked() {
  for (auto at = lanes_.begin(); at != lanes_.end(); ++at) {
    at->second.is_parked = false;
    index(at);
  }
}

std::vector<LaneShare> LaneRoster::choose(EpochMs now) {
  std::vector<Rows::iterator> eligible;
  for (auto at = due_.begin(); at != due_.end() && at->first <= now; ++at) eligible.push_back(lanes_.find(at->second));
  std::sort(eligible.begin(), eligible.end(),
            [](const auto& a, const auto& b) { return a->second.served < b->second.served; });
  std::vector<LaneShare> shares;
  for (std::size_t i = 0; i < eligible.size() && under_way_ < under_way_max_; ++i) {
    const auto at = eligible[i];
    Row& lane = at->second;
    const std::size_t left = under_way_max_ - under_way_;
    const std::size_t fair = std::max<std::size_t>(left / (eligible.size() - i), 1);
    const std::size_t most = std::min(room(lane), fair);
    lane.asked += most;
    under_way_ += most;
    lane.served = ++served_;
    lane.dues.erase(lane.dues.begin(), lane.dues.upper_bound(now));
    index(at);
    shares.push_back({at->first, most});
  }
  return shares;
}

void LaneRoster::leased(std::string_view name, std::size_t asked, std::size_t got, EpochMs now) {
  const auto at = find_or_add(name);
  Row& lane = at->second;
  lane.asked -= asked;
  lane.under_way += got;
  under_way_ -= asked - got;
  if (got == asked) lane.dues.insert(now);  // there may be more
  if (got < asked) wants_survey_ = true;
  index(at);
}

void LaneRoster::ended(std::string_view name) {
  const auto at = find_or_add(name);
  --at->second.under_way;
  --under_way_;
  index(at);
}

std::optional<EpochMs> LaneRoster::next_due() const {
  if (due_.empty() || under_way_ >= under_way_max_) return std::nullopt;
  return due_.begin()->first;
}

std::size_t LaneRoster::under_way(std::string_view lane) const {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? 0 : found->second.under_way;
}

int LaneRoster::limit(std::string_view lane) const {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? kLimitUnknown : found->second.limit;
}

void LaneRoster::forget_idle() {
  std::erase_if(lanes_, [](const auto& entry) {
    const Row& lane = entry.second;
    return lane.dues.empty() && lane.under_way + lane.asked == 0;
  });
}

}  // namespace sojourn
