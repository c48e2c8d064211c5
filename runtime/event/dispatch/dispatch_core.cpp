#include "runtime/event/dispatch/dispatch_core.h"

#include <algorithm>
#include <utility>

#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

Result<TurnResult> do_turn(JournalEngine& engine, const Turn& turn, EpochMs now) {
  TurnResult result;
  for (const JobEnd& end : turn.ends) {
    const auto ended = apply(engine, end, now);
    if (!ended) return ended.error();
    result.ended.push_back(*ended ? 1 : 0);
  }
  for (const LaneShare& share : turn.leases) {
    auto leases = engine.lease(share.lane, now, share.most);
    if (!leases) return leases.error();
    auto& work = result.leased.emplace_back();
    for (LeasedJob& lease : *leases) work.push_back({std::move(lease), std::nullopt});
    for (LeasedWork& one : work) {
      if (one.lease.step != kCallbackStep) continue;
      auto answered = engine.result(one.lease.run);
      if (!answered) return answered.error();
      one.result = std::move(*answered);
    }
  }
  if (turn.survey) {
    // Asks for nothing, but lets the journal notice a clock that was set back, before it says what is due when.
    if (auto none = engine.lease({}, now, 0); !none.ok()) return none.error();
    auto lanes = engine.lanes();
    if (!lanes) return lanes.error();
    result.lanes = std::move(*lanes);
  }
  return result;
}

void DispatchCore::woken(const std::vector<LaneWake>& wakes) {
  for (const LaneWake& wake : wakes) roster_.wake(wake.lane, wake.due);
}

// --- what is to be done
// -----------------------------------------------------------------------------------------------

void DispatchCore::take_ends(Turn& turn, EpochMs now) {
  const std::size_t most = careful_ ? 1 : kTurnEndsMax;
  while (!ends_.empty() && turn.ends.size() < most) {
    turn.ends.push_back(std::move(ends_.front()));
    ends_.pop_front();
  }
  for (const JobEnd& end : turn.ends) {
    const auto* const completion = std::get_if<Completion>(&end.how);
    if (completion == nullptr || careful_) continue;
    for (const JobSpec& next : completion->next) roster_.wake(next.lane, std::min(next.due, now));
  }
}

// Queues that are worked on are looked at too: the number of their workers goes by what waits.
bool DispatchCore::wants_survey(EpochMs now) const {
  if (!has_surveyed_) return true;
  if (now < surveyed_ + kSurveyEvery) return false;
  return roster_.wants_survey() || std::any_of(queues_.begin(), queues_.end(),
                                               [&](const auto& queue) { return roster_.under_way(queue.first) > 0; });
}

std::optional<Turn> DispatchCore::next_turn(EpochMs now) {
  if (turn_under_way_ || paused(now)) return std::nullopt;
  Turn turn;
  const bool leases_only = careful_ && leases_next_;
  if (!leases_only) take_ends(turn, now);
  const bool ends_only = careful_ && !turn.ends.empty();
  leases_next_ = ends_only;
  if (!draining_ && !ends_only) {
    turn.leases = roster_.choose(now);
    turn.survey = wants_survey(now);
  }
  if (turn.ends.empty() && turn.leases.empty() && !turn.survey) return std::nullopt;
  turn_under_way_ = true;
  return turn;
}

std::optional<EpochMs> DispatchCore::wake_at() const {
  if (turn_under_way_) return std::nullopt;
  std::optional<EpochMs> due;
  const auto not_after = [&](EpochMs time) { due = std::min(due.value_or(time), time); };
  if (!ends_.empty()) not_after(0);
  if (!draining_) {
    if (!has_surveyed_) not_after(0);
    if (roster_.wants_survey()) not_after(surveyed_ + kSurveyEvery);
    if (const auto next = roster_.next_due()) not_after(*next);
  }
  return due ? std::optional(std::max(*due, paused_until_)) : std::nullopt;
}

// --- what came of it
// --------------------------------------------------------------------------------------------------

std::vector<LeasedWork> DispatchCore::turn_done(Turn turn, Result<TurnResult> result, EpochMs now) {
  turn_under_way_ = false;
  if (!result.ok()) {
    turn_failed(std::move(turn), result.error(), now);
    return {};
  }
  if (ends_.empty()) careful_ = false;
  for (std::size_t i = 0; i < turn.ends.size(); ++i) {
    result->ended[i] != 0 ? count(turn.ends[i]) : static_cast<void>(++stats_.stale);
  }
  std::vector<LeasedWork> begun;
  for (std::size_t i = 0; i < turn.leases.size(); ++i) {
    const LaneShare& share = turn.leases[i];
    std::vector<LeasedWork>& leased = result->leased[i];
    roster_.leased(share.lane, share.most, leased.size(), now);
    stats_.leased += leased.size();
    for (LeasedWork& work : leased) {
      const LeasedJob& lease = work.lease;
      under_way_[lease.job] = {lease.lane, lease.run, lease.token};
      if (const auto queue = queues_.find(lease.lane); queue != queues_.end() && lease.attempt == 1)
        ++queue->second.taken;
      if (!draining_) {
        begun.push_back(std::move(work));
        continue;
      }
      JobEnd back;
      back.job = lease.job;
      back.token = lease.token;
      back.how = HandBack{now};
      end(std::move(back), now);
    }
  }
  if (result->lanes) {
    surveyed_ = now;
    has_surveyed_ = true;
    roster_.survey(*result->lanes);
    rescale(now, *result->lanes);
  }
  return begun;
}

void DispatchCore::turn_failed(Turn turn, const Error& why, EpochMs now) {
  ++stats_.turns_failed;
  for (const LaneShare& share : turn.leases) {
    roster_.leased(share.lane, share.most, 0, now);
    roster_.wake(share.lane, now);
  }
  paused_until_ = now + kTurnPause;
  const bool is_poison = turn.ends.size() == 1 && careful_ && why.code() != ErrorCode::kStoreUnavailable;
  if (is_poison) {
    JobEnd& end = turn.ends.front();
    end.how = Bury{{"error", "the journal did not take its end: " + why.text()}};
    end.also.clear();
    ends_.push_back(std::move(end));
  } else {
    for (auto end = turn.ends.rbegin(); end != turn.ends.rend(); ++end) ends_.push_front(std::move(*end));
  }
  careful_ = careful_ || why.code() != ErrorCode::kStoreUnavailable;
}

void DispatchCore::count(const JobEnd& end) {
  if (std::holds_alternative<Completion>(end.how)) ++stats_.done;
  if (std::holds_alternative<TryAgain>(end.how)) ++stats_.retried;
  if (std::holds_alternative<HandBack>(end.how)) ++stats_.handed_back;
  if (std::holds_alternative<FailRun>(end.how)) ++stats_.failed;
  if (const auto* const bury = std::get_if<Bury>(&end.how)) {
    const auto* const kind = std::find(kErrorKinds.begin(), kErrorKinds.end(), bury->error.kind);
    if (kind != kErrorKinds.end()) ++stats_.dead[static_cast<std::size_t>(kind - kErrorKinds.begin())];
  }
}

void DispatchCore::rescale(EpochMs now, const std::vector<LaneView>& lanes) {
  for (auto& entry : queues_) {
    const std::string& name = entry.first;
    Queue& queue = entry.second;
    const auto view = std::find_if(lanes.begin(), lanes.end(), [&](const LaneView& one) { return one.lane == name; });
    queue.scaler.look(now, queue.taken, view == lanes.end() ? 0 : view->ready);
    roster_.set_limit(name, queue.scaler.workers(queue.most));
  }
}

// --- jobs
// -------------------------------------------------------------------------------------------------------------

void DispatchCore::learn(const StepJob& job) {
  if (!job.from_queue) return roster_.set_limit(job.lease.lane, job.concurrency);
  const auto [queue, is_new] = queues_.try_emplace(job.lease.lane);
  if (is_new) queue->second.taken = 1;
  queue->second.most = job.concurrency;
  roster_.set_limit(job.lease.lane, queue->second.scaler.workers(job.concurrency));
}

void DispatchCore::let_go(std::int64_t number) {
  const auto job = under_way_.find(number);
  if (job == under_way_.end()) return;
  roster_.ended(job->second.lane);
  under_way_.erase(job);
}

bool DispatchCore::is_under_way(const LeaseName& lease) const {
  const auto job = under_way_.find(lease.job);
  return job != under_way_.end() && job->second.token == lease.token;
}

// Of several jobs that end together each may be one whose run was cancelled meanwhile, the first too.
bool DispatchCore::end(JobEnd end, EpochMs now, std::chrono::milliseconds took) {
  std::vector<LeaseName> ending = {{end.job, end.token}};
  ending.insert(ending.end(), end.with.begin(), end.with.end());
  std::erase_if(ending, [this](const LeaseName& lease) { return !is_under_way(lease); });
  if (ending.empty()) return false;
  const std::string lane = under_way_.at(ending.front().job).lane;
  for (const LeaseName& lease : ending) let_go(lease.job);
  note(end, lane, now);
  const auto queue = queues_.find(lane);
  if (queue != queues_.end() && took.count() > 0) {
    queue->second.scaler.served(took);
    roster_.set_limit(lane, queue->second.scaler.workers(queue->second.most));
  }
  ends_.push_back(std::move(end));
  return true;
}

// What the lane learns from the end of one of its jobs.
void DispatchCore::note(const JobEnd& end, std::string_view lane, EpochMs now) {
  if (const auto* const again = std::get_if<TryAgain>(&end.how)) {
    roster_.wake(lane, again->due);
    const bool is_busy = again->error.kind == "throttled" || again->error.kind == "unavailable";
    if (is_busy) roster_.was_busy(lane, now);
  } else if (const auto* const back = std::get_if<HandBack>(&end.how)) {
    roster_.wake(lane, back->due);
  } else if (std::holds_alternative<Completion>(end.how)) {
    roster_.was_free(lane);
  }
}

void DispatchCore::deployed() {
  roster_.open_parked();
  roster_.forget_idle();
}

std::vector<std::int64_t> DispatchCore::cancelled(std::string_view run) {
  std::vector<std::int64_t> jobs;
  for (auto job = under_way_.begin(); job != under_way_.end();) {
    if (job->second.run != run) {
      ++job;
      continue;
    }
    jobs.push_back(job->first);
    roster_.ended(job->second.lane);
    job = under_way_.erase(job);
  }
  return jobs;
}

DispatchStats DispatchCore::stats() const {
  DispatchStats stats = stats_;
  stats.under_way = under_way_.size();
  for (const auto& [lane, queue] : queues_) stats.queues[lane] = queue.scaler.figures(queue.most);
  return stats;
}

}  // namespace sojourn
