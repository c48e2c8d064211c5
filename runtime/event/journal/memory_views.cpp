// What the engine in memory shows.
#include <algorithm>
#include <limits>

#include "runtime/event/journal/memory_engine.h"

namespace sojourn {
namespace {

// The rows that a filter wants by number and time, the newest first, as many as it may have. It looks at all there are.
template <class Rows, class TimeOf, class Wanted, class Show>
auto listed(const Rows& rows, const ListFilter& filter, TimeOf time_of, Wanted wanted, Show show) {
  using View = decltype(show(rows.begin()->first, rows.begin()->second));
  Listed<View> list;
  const std::int64_t before = filter.before == 0 ? std::numeric_limits<std::int64_t>::max() : filter.before;
  const EpochMs until = filter.until == 0 ? std::numeric_limits<EpochMs>::max() : filter.until;
  const std::size_t most = std::min(filter.most, kListMax);
  auto at = rows.rbegin();
  for (; at != rows.rend() && list.rows.size() < most; ++at) {
    const auto& [number, row] = *at;
    const EpochMs time = time_of(row);
    if (number < before && time >= filter.since && time < until && wanted(row)) list.rows.push_back(show(number, row));
  }
  if (at != rows.rend()) list.next = at->first + 1;
  return list;
}

bool fits_type(std::string_view pattern, std::string_view type) {
  if (pattern.ends_with('*')) return type.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern.empty() || type == pattern;
}

RunState shown_state(const RunView& run, const ListFilter& filter) {
  const std::string& prefix = filter.waiting_for_somebody;
  const bool waits = run.state == RunState::kActive && !prefix.empty() && run.pipeline.starts_with(prefix);
  return waits ? RunState::kHeld : run.state;
}

}  // namespace

Result<std::optional<std::int64_t>> MemoryEngine::mark(std::string_view name) {
  const auto found = state_.marks.find(name);
  return found == state_.marks.end() ? std::optional<std::int64_t>() : std::optional(found->second);
}

Result<std::optional<RunView>> MemoryEngine::run(std::string_view id) {
  const auto found = state_.run_ids.find(id);
  if (found == state_.run_ids.end()) return std::optional<RunView>();
  return std::optional(state_.runs[found->second].view);
}

Result<std::vector<JobView>> MemoryEngine::jobs(std::string_view run) {
  std::vector<JobView> views;
  const auto found = state_.run_ids.find(run);
  if (found == state_.run_ids.end()) return views;
  for (const auto& [number, job] : state_.jobs) {
    if (job.run != found->second) continue;
    views.push_back(job.view);
    if (job.view.state != JobState::kReady) views.back().due = 0;
  }
  return views;
}

Result<std::optional<RunResult>> MemoryEngine::result(std::string_view run) {
  const auto found = state_.run_ids.find(run);
  if (found == state_.run_ids.end()) return std::optional<RunResult>();
  return state_.runs[found->second].result;
}

Result<std::optional<EventView>> MemoryEngine::event(std::int64_t number) {
  const auto found = state_.events.find(number);
  return found == state_.events.end() ? std::optional<EventView>() : std::optional(found->second);
}

Result<Listed<RunView>> MemoryEngine::runs(const ListFilter& filter) {
  return listed(
      state_.runs, filter, [](const Run& run) { return run.view.began; },
      [&](const Run& run) {
        return (filter.pipeline.empty() || run.view.pipeline == filter.pipeline) &&
               (!filter.state || shown_state(run.view, filter) == *filter.state) &&
               (filter.event == 0 || run.view.event == filter.event);
      },
      [](std::int64_t, const Run& run) { return run.view; });
}

Result<Listed<EventView>> MemoryEngine::events(const ListFilter& filter) {
  return listed(
      state_.events, filter, [](const EventView& event) { return event.accepted; },
      [&](const EventView& event) {
        return fits_type(filter.type, event.event.type) &&
               (filter.source.empty() || event.event.source == filter.source);
      },
      [](std::int64_t, const EventView& event) { return event; });
}

DeadLetter MemoryEngine::show(std::int64_t number, const Letter& letter) {
  const Job& job = state_.jobs[letter.job];
  const RunView& run = state_.runs[job.run].view;
  const EventRecord& event = state_.events[run.event].event;
  const std::vector<Attempt>& failures = job.view.failures;
  return {number,
          run.id,
          run.pipeline,
          run.definition,
          job.spec.step,
          letter.at,
          job.view.attempts,
          failures.empty() ? AttemptError() : failures.back().error,
          failures,
          event,
          job.spec.input ? *job.spec.input : event};
}

Result<Listed<DeadLetter>> MemoryEngine::letters(const ListFilter& filter) {
  return listed(
      state_.letters, filter, [](const Letter& letter) { return letter.at; },
      [&](const Letter& letter) {
        const RunView& run = state_.runs[state_.jobs[letter.job].run].view;
        return (filter.pipeline.empty() || run.pipeline == filter.pipeline) &&
               (filter.run.empty() || run.id == filter.run);
      },
      [this](std::int64_t number, const Letter& letter) { return show(number, letter); });
}

Result<std::optional<DeadLetter>> MemoryEngine::letter(std::int64_t number) {
  const auto found = state_.letters.find(number);
  if (found == state_.letters.end()) return std::optional<DeadLetter>();
  return std::optional(show(number, found->second));
}

Result<std::vector<LaneView>> MemoryEngine::lanes() {
  std::map<std::string, LaneView> views;
  std::map<std::string, std::int64_t> under_way;  // the oldest event of those leased
  for (const auto& [number, job] : state_.jobs) {
    const JobState state = job.view.state;
    if (state == JobState::kDead || state == JobState::kDone) continue;
    LaneView& view = views[job.spec.lane];
    view.lane = job.spec.lane;
    const std::int64_t event = state_.runs[job.run].view.event;
    if (state == JobState::kLeased) {
      ++view.leased;
      const auto [oldest, is_new] = under_way.emplace(job.spec.lane, event);
      if (!is_new) oldest->second = std::min(oldest->second, event);
    }
    if (state != JobState::kReady) continue;
    ++view.ready;
    if (view.ready > 1 && job.view.due >= view.first_due) continue;
    view.first_due = job.view.due;
    view.oldest_event = state_.events[event].accepted;
  }
  for (const auto& [lane, event] : under_way) views[lane].add_event(state_.events[event].accepted);
  std::vector<LaneView> all;
  for (auto& [lane, view] : views) all.push_back(std::move(view));
  return all;
}

Result<JournalStats> MemoryEngine::stats() {
  JournalStats stats;
  stats.letters = state_.letters.size();
  for (const auto& [number, job] : state_.jobs) {
    if (job.view.state != JobState::kDead && job.view.state != JobState::kDone) ++stats.open_jobs;
  }
  const auto views = lanes();
  for (const LaneView& view : *views) {
    if (view.oldest_event == 0) continue;
    stats.oldest_open = stats.oldest_open == 0 ? view.oldest_event : std::min(stats.oldest_open, view.oldest_event);
  }
  return stats;
}

Result<bool> MemoryEngine::uses(const Digest& blob) {
  const auto has = [&](const std::optional<Digest>& named) { return named == blob; };
  const bool event = std::any_of(state_.events.begin(), state_.events.end(),
                                 [&](const auto& entry) { return has(entry.second.event.blob); });
  const bool run = std::any_of(state_.runs.begin(), state_.runs.end(), [&](const auto& entry) {
    return entry.second.result && has(entry.second.result->blob);
  });
  const bool input = std::any_of(state_.jobs.begin(), state_.jobs.end(), [&](const auto& entry) {
    return entry.second.spec.input && has(entry.second.spec.input->blob);
  });
  return event || run || input;
}

}  // namespace sojourn
