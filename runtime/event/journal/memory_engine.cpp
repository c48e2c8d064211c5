#include "runtime/event/journal/memory_engine.h"

#include <algorithm>
#include <span>

#include "runtime/event/journal/job_number.h"

namespace sojourn {

Status MemoryEngine::begin(Outlives) {
  before_ = std::make_unique<State>(state_);
  return {};
}

Status MemoryEngine::commit() {
  before_.reset();
  lanes_.commit();
  return {};
}

void MemoryEngine::rollback() {
  if (before_) state_ = std::move(*before_);
  before_.reset();
  lanes_.rollback();
}

void MemoryEngine::begin_epoch() {
  for (auto& [number, job] : state_.jobs) {
    if (job.view.state == JobState::kLeased) job.view.state = JobState::kReady;
    job.token = 0;
  }
  (void)lanes_.take_woken();
  looked_ = {-1, 0};
  state_.latest = 0;
  for (const auto& [number, event] : state_.events) state_.latest = std::max(state_.latest, event.accepted);
}

// --- accepting ------------------------------------------------------------------------------------------------------

Result<Accepted> MemoryEngine::accept(const Acceptance& acceptance, EpochMs now) {
  state_.latest = std::max(state_.latest, now);
  for (const DedupeKey& key : acceptance.dedupe) {
    const auto found = state_.duplicates.find(key.name);
    if (found != state_.duplicates.end() && found->second.until > now) {
      const bool is_kept = state_.run_ids.contains(found->second.run);
      return Accepted{found->second.event, true, is_kept ? found->second.run : std::string()};
    }
  }
  const bool waits = acceptance.waiting && has_open(acceptance.waiting->jobs.front().lane);
  const std::span<const RunSpec> runs = waits ? std::span(&*acceptance.waiting, 1) : std::span(acceptance.runs);
  const Accepted accepted{++state_.last_event, false, runs.empty() ? "" : runs.front().id};
  state_.events[accepted.event] = {accepted.event, now, acceptance.event};
  for (const DedupeKey& key : acceptance.dedupe)
    state_.duplicates[key.name] = {accepted.event, accepted.run, key.until};
  for (const RunSpec& spec : runs) start(spec, accepted.event, now);
  return accepted;
}

bool MemoryEngine::has_open(std::string_view lane) const {
  return std::any_of(state_.jobs.begin(), state_.jobs.end(), [&](const auto& entry) {
    const JobState state = entry.second.view.state;
    return entry.second.spec.lane == lane && state != JobState::kDone && state != JobState::kDead;
  });
}

Result<bool> MemoryEngine::begin_run(std::int64_t event, const RunSpec& run, EpochMs now) {
  if (!state_.events.contains(event)) return false;
  start(run, event, now);
  return true;
}

void MemoryEngine::start(const RunSpec& spec, std::int64_t event, EpochMs now) {
  const bool waits = is_somebody_at_counter(spec.pipeline, spec.key);
  const std::int64_t number = ++state_.last_run;
  Run& run = state_.runs[number];
  run.after_failure = spec.after_failure;
  run.view = {spec.id,
              spec.pipeline,
              spec.definition,
              spec.key,
              event,
              waits ? RunState::kHeld : RunState::kActive,
              now,
              0,
              static_cast<int>(spec.jobs.size()),
              number};
  state_.run_ids[spec.id] = number;
  for (const JobSpec& job : spec.jobs) add_job(number, job, waits ? JobState::kHeld : JobState::kReady);
  if (spec.jobs.empty()) end_run(run, RunState::kDone, now);
}

void MemoryEngine::add_job(std::int64_t run, const JobSpec& spec, JobState state) {
  const std::int64_t number = job_number(run, state_.runs[run].jobs++);
  state_.jobs[number] = {run, spec, {number, spec.step, state, spec.due, 0, 0, {}}, 0};
  lanes_.moved(spec.lane, std::nullopt, state, spec.due);
}

void MemoryEngine::set_state(Job& job, JobState state) {
  lanes_.moved(job.spec.lane, job.view.state, state, job.view.due);
  job.view.state = state;
}

// --- lines of runs with one key -------------------------------------------------------------------------------------

bool MemoryEngine::is_at_counter(const Run& run) {
  if (run.view.ended == 0) return run.view.state == RunState::kActive;
  return run.after_failure == AfterFailure::kHold && run.letters > 0;
}

bool MemoryEngine::is_somebody_at_counter(std::string_view pipeline, std::string_view key) const {
  return !key.empty() && std::any_of(state_.runs.begin(), state_.runs.end(), [&](const auto& entry) {
    const Run& run = entry.second;
    return run.view.pipeline == pipeline && run.view.key == key && is_at_counter(run);
  });
}

void MemoryEngine::end_job(Run& run, int opened, EpochMs now) {
  run.view.open_jobs += opened;
  if (run.view.open_jobs == 0) end_run(run, run.failed > 0 ? RunState::kFailed : RunState::kDone, now);
}

void MemoryEngine::end_run(Run& run, RunState state, EpochMs now) {
  run.view.state = state;
  run.view.ended = now;
  run.view.open_jobs = 0;
  call_next(run);
}

void MemoryEngine::call_next(const Run& left) {
  const RunView& view = left.view;
  if (view.key.empty() || is_somebody_at_counter(view.pipeline, view.key)) return;
  for (auto& [number, run] : state_.runs) {
    if (run.view.pipeline != view.pipeline || run.view.key != view.key) continue;
    if (run.view.ended != 0 || run.view.state != RunState::kHeld) continue;
    run.view.state = RunState::kActive;
    for (auto& [ignored, job] : state_.jobs) {
      if (job.run == number && job.view.state == JobState::kHeld) set_state(job, JobState::kReady);
    }
    return;
  }
}

// --- leasing, and ends of jobs and runs -----------------------------------------------------------------------------

Result<std::vector<LeasedJob>> MemoryEngine::lease(std::string_view lane, EpochMs now, std::size_t most) {
  follow_clock(now);
  std::vector<std::pair<EpochMs, std::int64_t>> due;
  for (const auto& [number, job] : state_.jobs) {
    if (job.view.state == JobState::kReady && job.spec.lane == lane && job.view.due <= now) {
      due.emplace_back(job.view.due, number);
    }
  }
  std::sort(due.begin(), due.end());
  if (due.size() > most) due.resize(most);
  std::vector<LeasedJob> leases;
  for (const auto& [when, number] : due) {
    Job& job = state_.jobs[number];
    set_state(job, JobState::kLeased);
    job.token = ++last_token_;
    ++job.view.attempts;
    const RunView& run = state_.runs[job.run].view;
    leases.push_back({number, job.token, job.view.attempts, run.id, run.pipeline, run.definition, run.key,
                      job.spec.step, job.spec.lane, run.event,
                      job.spec.input ? *job.spec.input : state_.events[run.event].event});
  }
  return leases;
}

void MemoryEngine::follow_clock(EpochMs now) {
  const EpochMs back = state_.latest - now;
  state_.latest = back > kClockSlack ? now : std::max(state_.latest, now);
  if (back <= kClockSlack) return;
  for (auto& [number, job] : state_.jobs) {
    if (job.view.state == JobState::kDone || job.view.state == JobState::kDead) continue;
    if (job.view.due > now) job.view.due -= back;
  }
  const auto views = lanes();
  for (const LaneView& lane : *views) {
    if (lane.ready > 0) lanes_.wake(lane.lane, lane.first_due);
  }
}

MemoryEngine::Job* MemoryEngine::leased(std::int64_t job, std::int64_t token) {
  const auto found = state_.jobs.find(job);
  if (found == state_.jobs.end() || found->second.view.state != JobState::kLeased) return nullptr;
  return found->second.token == token ? &found->second : nullptr;
}

Result<bool> MemoryEngine::complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  const std::int64_t run = open->run;
  set_state(*open, JobState::kDone);
  open->view.ended = now;
  open->spec.input.reset();
  for (const JobSpec& next : completion.next) add_job(run, next, JobState::kReady);
  for (const RunSpec& spec : completion.runs) start(spec, state_.runs[run].view.event, now);
  for (const Acceptance& emitted : completion.emitted) {
    if (auto accepted = accept(emitted, now); !accepted) return accepted.error();
  }
  if (completion.result) state_.runs[run].result = completion.result;
  end_job(state_.runs[run], static_cast<int>(completion.next.size()) - 1, now);
  return true;
}

Result<bool> MemoryEngine::retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due,
                                 EpochMs now) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  open->view.failures.push_back({open->view.attempts, now, error});
  open->view.due = due;
  set_state(*open, JobState::kReady);
  return true;
}

Result<bool> MemoryEngine::give_back(std::int64_t job, std::int64_t token, EpochMs due) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  open->view.due = due;
  --open->view.attempts;
  set_state(*open, JobState::kReady);
  return true;
}

Result<bool> MemoryEngine::bury(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                                EpochMs now) {
  if (leased(job, token) == nullptr) return false;
  make_dead(job, error, Grave::kLetter, after, now);
  return true;
}

Result<bool> MemoryEngine::fail(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                                EpochMs now) {
  if (leased(job, token) == nullptr) return false;
  make_dead(job, error, Grave::kNone, after, now);
  return true;
}

void MemoryEngine::make_dead(std::int64_t number, const AttemptError& error, Grave grave, const Aftermath& after,
                             EpochMs now) {
  Job& job = state_.jobs[number];
  job.view.failures.push_back({job.view.attempts, now, error});
  job.view.ended = now;
  set_state(job, JobState::kDead);
  Run& run = state_.runs[job.run];
  ++run.failed;
  if (grave == Grave::kLetter) {
    ++run.letters;
    state_.letters[++state_.last_letter] = {number, now};
  } else {
    job.spec.input.reset();
  }
  if (after.result) run.result = after.result;
  for (const JobSpec& next : after.next) add_job(job.run, next, JobState::kReady);
  end_job(run, static_cast<int>(after.next.size()) - 1, now);
}

Result<bool> MemoryEngine::cancel(std::string_view id, EpochMs now) {
  const auto found = state_.run_ids.find(id);
  if (found == state_.run_ids.end()) return false;
  Run& run = state_.runs[found->second];
  if (run.view.ended != 0) return false;
  std::erase_if(state_.jobs, [&](const auto& entry) {
    const Job& job = entry.second;
    if (job.run != found->second || job.view.state == JobState::kDead || job.view.state == JobState::kDone) {
      return false;
    }
    lanes_.moved(job.spec.lane, job.view.state, std::nullopt);
    return true;
  });
  end_run(run, RunState::kCancelled, now);
  return true;
}

// --- dead letters ---------------------------------------------------------------------------------------------------

Result<bool> MemoryEngine::redrive(std::int64_t number, EpochMs now) {
  const auto letter = state_.letters.find(number);
  if (letter == state_.letters.end()) return false;
  Job& job = state_.jobs[letter->second.job];
  Run& run = state_.runs[job.run];
  const bool waits = run.view.state == RunState::kHeld ||
                     (!is_at_counter(run) && is_somebody_at_counter(run.view.pipeline, run.view.key));
  run.view.state = waits ? RunState::kHeld : RunState::kActive;
  run.view.ended = 0;
  ++run.view.open_jobs;
  --run.failed;
  --run.letters;
  job.view.due = now;
  job.view.ended = 0;
  job.view.attempts = 0;
  job.view.failures.clear();
  set_state(job, waits ? JobState::kHeld : JobState::kReady);
  state_.letters.erase(letter);
  return true;
}

Result<bool> MemoryEngine::rebind(std::string_view id, std::string_view definition) {
  for (auto& [number, run] : state_.runs) {
    if (run.view.id != id) continue;
    run.view.definition = definition;
    return true;
  }
  return false;
}

Result<bool> MemoryEngine::drop_letter(std::int64_t number, EpochMs) {
  const auto letter = state_.letters.find(number);
  if (letter == state_.letters.end()) return false;
  Job& job = state_.jobs[letter->second.job];
  Run& run = state_.runs[job.run];
  job.spec.input.reset();
  --run.letters;
  state_.letters.erase(letter);
  if (run.view.ended != 0) call_next(run);
  return true;
}

// --- forgetting, and marks ------------------------------------------------------------------------------------------

bool MemoryEngine::is_over(std::int64_t event) const {
  return std::none_of(state_.runs.begin(), state_.runs.end(), [&](const auto& entry) {
    const Run& run = entry.second;
    return run.view.event == event && (run.view.ended == 0 || run.letters > 0);
  });
}

Result<Forgotten> MemoryEngine::forget(EpochMs before, EpochMs now, std::size_t most) {
  std::vector<std::pair<EpochMs, std::string>> names;
  for (const auto& [name, duplicate] : state_.duplicates) {
    if (duplicate.until <= now - kNameSlack) names.emplace_back(duplicate.until, name);
  }
  std::sort(names.begin(), names.end());
  if (names.size() > most) names.resize(most);
  for (const auto& [until, name] : names) state_.duplicates.erase(name);

  std::vector<Position> old;
  for (const auto& [number, event] : state_.events) {
    const Position position{event.accepted, number};
    if (event.accepted < before && position > looked_) old.push_back(position);
  }
  std::sort(old.begin(), old.end());
  Forgotten forgotten{0, old.size() < most};
  if (old.size() > most) old.resize(most);
  for (const auto& [accepted, event] : old) {
    looked_ = {accepted, event};
    if (!is_over(event)) continue;
    const std::int64_t number = event;
    ++forgotten.events;
    state_.events.erase(number);
    std::erase_if(state_.jobs, [&](const auto& entry) { return state_.runs[entry.second.run].view.event == number; });
    std::erase_if(state_.run_ids, [&](const auto& entry) { return state_.runs[entry.second].view.event == number; });
    std::erase_if(state_.runs, [&](const auto& entry) { return entry.second.view.event == number; });
  }
  if (forgotten.is_through) looked_ = {-1, 0};
  return forgotten;
}

Status MemoryEngine::set_mark(std::string_view name, std::int64_t value) {
  state_.marks.insert_or_assign(std::string(name), value);
  return {};
}

}  // namespace sojourn
