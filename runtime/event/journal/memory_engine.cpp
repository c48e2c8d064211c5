#include "runtime/event/journal/memory_engine.h"

#include <algorithm>

namespace sojourn {

Status MemoryEngine::begin() {
  before_ = std::make_unique<State>(state_);
  return {};
}

Status MemoryEngine::commit() {
  before_.reset();
  return {};
}

void MemoryEngine::rollback() {
  if (before_) state_ = std::move(*before_);
  before_.reset();
}

void MemoryEngine::begin_epoch() {
  for (auto& [number, job] : state_.jobs) {
    if (job.state == JobState::kLeased) job.state = JobState::kReady;
    job.token = 0;
  }
}

Result<Accepted> MemoryEngine::accept(const Acceptance& acceptance, EpochMs now) {
  for (const DedupeKey& key : acceptance.dedupe) {
    const auto found = state_.duplicates.find(key.name);
    if (found != state_.duplicates.end() && found->second.until > now) {
      return Accepted{found->second.event, true, found->second.run};
    }
  }
  const Accepted accepted{++state_.last_event, false, acceptance.runs.empty() ? "" : acceptance.runs.front().id};
  state_.events[accepted.event] = {acceptance.event, now};
  for (const DedupeKey& key : acceptance.dedupe)
    state_.duplicates[key.name] = {accepted.event, accepted.run, key.until};
  for (const RunSpec& spec : acceptance.runs) {
    const bool behind = first_in_order(spec.pipeline, spec.key) != nullptr;
    const std::int64_t number = ++state_.last_run;
    Run& run = state_.runs[number];
    run.view = {spec.id,
                spec.pipeline,
                spec.definition,
                spec.key,
                accepted.event,
                behind ? RunState::kHeld : RunState::kActive,
                now,
                0,
                static_cast<int>(spec.jobs.size())};
    state_.run_ids[spec.id] = number;
    for (const JobSpec& job : spec.jobs) add_job(number, job, behind ? JobState::kHeld : JobState::kReady);
    if (spec.jobs.empty()) end_run(run, RunState::kDone, now);
  }
  return accepted;
}

void MemoryEngine::add_job(std::int64_t run, const JobSpec& spec, JobState state) {
  state_.jobs[++state_.last_job] = {run, spec, state, 0, 0, {}};
}

MemoryEngine::Run* MemoryEngine::first_in_order(std::string_view pipeline, std::string_view key) {
  if (key.empty()) return nullptr;
  for (auto& [number, run] : state_.runs) {
    if (run.view.ended == 0 && run.view.pipeline == pipeline && run.view.key == key) return &run;
  }
  return nullptr;
}

Result<std::vector<LeasedJob>> MemoryEngine::lease(EpochMs now, std::size_t most) {
  std::vector<std::pair<EpochMs, std::int64_t>> due;
  for (const auto& [number, job] : state_.jobs) {
    if (job.state == JobState::kReady && job.spec.due <= now) due.emplace_back(job.spec.due, number);
  }
  std::sort(due.begin(), due.end());
  if (due.size() > most) due.resize(most);
  std::vector<LeasedJob> leases;
  for (const auto& [when, number] : due) {
    Job& job = state_.jobs[number];
    job.state = JobState::kLeased;
    job.token = ++last_token_;
    ++job.attempt;
    const RunView& run = state_.runs[job.run].view;
    leases.push_back({number, job.token, job.attempt, run.id, run.pipeline, run.definition, run.key, job.spec.step,
                      job.spec.input, run.event, state_.events[run.event].record});
  }
  return leases;
}

MemoryEngine::Job* MemoryEngine::leased(std::int64_t job, std::int64_t token) {
  const auto found = state_.jobs.find(job);
  if (found == state_.jobs.end() || found->second.state != JobState::kLeased) return nullptr;
  return found->second.token == token ? &found->second : nullptr;
}

Result<bool> MemoryEngine::complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) {
  const Job* const open = leased(job, token);
  if (open == nullptr) return false;
  const std::int64_t run = open->run;
  state_.jobs.erase(job);
  for (const JobSpec& next : completion.next) add_job(run, next, JobState::kReady);
  for (const Acceptance& emitted : completion.emitted) {
    if (auto accepted = accept(emitted, now); !accepted) return accepted.error();
  }
  end_job(run, static_cast<int>(completion.next.size()), 0, now);
  return true;
}

Result<bool> MemoryEngine::retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  open->state = JobState::kReady;
  open->error = error;
  open->spec.due = due;
  return true;
}

Result<bool> MemoryEngine::give_back(std::int64_t job, std::int64_t token) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  open->state = JobState::kReady;
  open->spec.due = 0;
  --open->attempt;
  return true;
}

Result<bool> MemoryEngine::bury(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs now) {
  Job* const open = leased(job, token);
  if (open == nullptr) return false;
  open->state = JobState::kDead;
  open->error = error;
  state_.letters[++state_.last_letter] = {job, now};
  end_job(open->run, 0, 1, now);
  return true;
}

void MemoryEngine::end_job(std::int64_t number, int followers, int failed, EpochMs now) {
  Run& run = state_.runs[number];
  run.view.open_jobs += followers - 1;
  run.failed += failed;
  if (run.view.open_jobs == 0) end_run(run, run.failed > 0 ? RunState::kFailed : RunState::kDone, now);
}

void MemoryEngine::end_run(Run& run, RunState state, EpochMs now) {
  run.view.state = state;
  run.view.ended = now;
  run.view.open_jobs = 0;
  if (Run* const next = first_in_order(run.view.pipeline, run.view.key)) release(*next);
}

void MemoryEngine::release(Run& run) {
  run.view.state = RunState::kActive;
  for (auto& [number, job] : state_.jobs) {
    if (job.state == JobState::kHeld && &state_.runs[job.run] == &run) job.state = JobState::kReady;
  }
}

Result<bool> MemoryEngine::cancel(std::string_view id, EpochMs now) {
  const auto found = state_.run_ids.find(id);
  if (found == state_.run_ids.end()) return false;
  Run& run = state_.runs[found->second];
  if (run.view.ended != 0) return false;
  std::erase_if(state_.jobs, [&](const auto& entry) {
    return entry.second.run == found->second && entry.second.state != JobState::kDead;
  });
  end_run(run, RunState::kCancelled, now);
  return true;
}

Result<bool> MemoryEngine::redrive(std::int64_t number, EpochMs now) {
  const auto letter = state_.letters.find(number);
  if (letter == state_.letters.end()) return false;
  Job& job = state_.jobs[letter->second.job];
  Run& run = state_.runs[job.run];
  const bool is_over = run.view.ended != 0;
  const bool behind = first_in_order(run.view.pipeline, run.view.key) != nullptr;
  const bool is_held = run.view.state == RunState::kHeld || (is_over && behind);
  run.view.state = is_held ? RunState::kHeld : RunState::kActive;
  run.view.ended = 0;
  ++run.view.open_jobs;
  --run.failed;
  job.state = is_held ? JobState::kHeld : JobState::kReady;
  job.spec.due = now;
  job.attempt = 0;
  state_.letters.erase(letter);
  return true;
}

Result<bool> MemoryEngine::drop_letter(std::int64_t number) {
  const auto letter = state_.letters.find(number);
  if (letter == state_.letters.end()) return false;
  state_.jobs.erase(letter->second.job);
  state_.letters.erase(letter);
  return true;
}

Result<std::size_t> MemoryEngine::forget(EpochMs before, EpochMs now, std::size_t most) {
  std::erase_if(state_.duplicates, [&](const auto& entry) { return entry.second.until <= now; });
  std::set<std::int64_t> kept;
  for (const auto& [number, run] : state_.runs) {
    if (run.view.ended == 0) kept.insert(run.view.event);
  }
  for (const auto& [number, job] : state_.jobs) kept.insert(state_.runs[job.run].view.event);
  std::vector<std::pair<EpochMs, std::int64_t>> over;
  for (const auto& [number, event] : state_.events) {
    if (event.accepted < before && !kept.contains(number)) over.emplace_back(event.accepted, number);
  }
  std::sort(over.begin(), over.end());
  if (over.size() > most) over.resize(most);
  for (const auto& [accepted, event] : over) {
    const std::int64_t number = event;
    state_.events.erase(number);
    std::erase_if(state_.run_ids, [&](const auto& entry) { return state_.runs[entry.second].view.event == number; });
    std::erase_if(state_.runs, [&](const auto& entry) { return entry.second.view.event == number; });
  }
  return over.size();
}

Result<std::optional<RunView>> MemoryEngine::run(std::string_view id) {
  const auto found = state_.run_ids.find(id);
  if (found == state_.run_ids.end()) return std::optional<RunView>();
  return std::optional(state_.runs[found->second].view);
}

Result<std::vector<DeadLetter>> MemoryEngine::letters(std::int64_t after, std::size_t most) {
  std::vector<DeadLetter> letters;
  for (auto at = state_.letters.upper_bound(after); at != state_.letters.end() && letters.size() < most; ++at) {
    const Job& job = state_.jobs[at->second.job];
    const RunView& run = state_.runs[job.run].view;
    letters.push_back({at->first, run.id, run.pipeline, job.spec.step, job.spec.input, at->second.at, job.attempt,
                       job.error, state_.events[run.event].record});
  }
  return letters;
}

Result<std::optional<EpochMs>> MemoryEngine::next_due() {
  std::optional<EpochMs> next;
  for (const auto& [number, job] : state_.jobs) {
    if (job.state == JobState::kReady && (!next || job.spec.due < *next)) next = job.spec.due;
  }
  return next;
}

Result<std::size_t> MemoryEngine::open_jobs() {
  return static_cast<std::size_t>(std::count_if(
      state_.jobs.begin(), state_.jobs.end(), [](const auto& entry) { return entry.second.state != JobState::kDead; }));
}

}  // namespace sojourn
