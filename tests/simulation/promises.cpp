#include "tests/simulation/promises.h"

#include <algorithm>

#include "runtime/event/triggers/derive.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn::simulation {

void Promises::breaks(const std::string& what) {
  if (broken_.empty()) broken_ = what;
}

void Promises::accepted(const Acceptance& acceptance, const Accepted& accepted, JournalEngine& engine) {
  if (!engine.event(accepted.event).value()) {
    return breaks("event " + std::to_string(accepted.event) + " was accepted and is not there");
  }
  if (accepted.is_duplicate) return;
  for (const RunSpec& run : acceptance.runs) promised_[run.id] = accepted.event;
}

void Promises::begins(const StepJob& job, const std::map<std::int64_t, StepJob>& under_way, JournalEngine& engine) {
  const LeasedJob& lease = job.lease;
  const auto beside = std::count_if(under_way.begin(), under_way.end(),
                                    [&](const auto& other) { return other.second.lease.lane == lease.lane; });
  if (beside >= world_.limit(lease.lane)) breaks("lane " + lease.lane + " is above its limit");
  if (lease.attempt > job.retry.attempts) breaks("run " + lease.run + " is tried more often than its policy permits");
  const Step step{lease.run, lease.step};
  const bool tells_again = lease.step == kCallbackStep && called_again_.contains(lease.run);
  if (done_here_.contains(step) && !tells_again) {
    breaks("run " + lease.run + " does " + lease.step + " once more, after it was done");
  }
  if (done_.contains(step) && !tells_again) ++duplicates_;
  if (hops_of(job.event) > kHopsMax) breaks("event " + job.event.id + " has more hops than there may be");
  if (!lease.key.empty()) check_key(job, under_way, engine);
}

void Promises::check_key(const StepJob& job, const std::map<std::int64_t, StepJob>& under_way, JournalEngine& engine) {
  const LeasedJob& lease = job.lease;
  for (const auto& [number, other] : under_way) {
    const bool is_same_key = other.lease.pipeline == lease.pipeline && other.lease.key == lease.key;
    if (is_same_key && other.lease.run != lease.run) breaks("two runs of one key at once: " + lease.run);
  }
  if (!begun_.insert(lease.run).second) return;
  const RunView self = *engine.run(lease.run).value();
  ListFilter older;
  older.pipeline = lease.pipeline;
  older.before = self.number;
  older.most = kListMax;
  const auto before = engine.runs(older).value().rows;
  for (const RunView& run : before) {
    if (run.key != lease.key || revived_.contains(run.id)) continue;
    if (run.ended == 0) breaks("run " + lease.run + " begins before " + run.id + " of its key, which is older");
    ListFilter of_run;
    of_run.run = run.id;
    if (world_.holds_after_letter(lease.pipeline) && !engine.letters(of_run).value().rows.empty()) {
      breaks("run " + lease.run + " begins although " + run.id + " of its key has a dead letter");
    }
  }
}

void Promises::decided(const StepJob& job, const JobEnd& end) {
  if (!std::holds_alternative<FailRun>(end.how)) return;
  const bool may_fail = !job.dead_letter || job.act == JobAct::kAsyncCall;
  if (!may_fail) breaks("run " + job.lease.run + " failed without a letter, which nobody asked for");
  excused_.insert(job.lease.run);
}

void Promises::ended(const StepJob& job, const JobEnd& end) {
  if (!std::holds_alternative<Completion>(end.how)) return;
  done_.insert({job.lease.run, job.lease.step});
  done_here_.insert({job.lease.run, job.lease.step});
}

void Promises::redriven(const DeadLetter& letter) {
  revived_.insert(letter.run);
  if (letter.step == kCallStep) called_again_.insert(letter.run);
}

void Promises::dropped(const DeadLetter& letter) {
  excused_.insert(letter.run);
}

void Promises::lost(Loss loss) {
  if (loss == Loss::kProcess) return;
  done_here_.clear();
  begun_.clear();
}

void Promises::check_end(const RunView& run, JournalEngine& engine) {
  if (run.ended == 0) return breaks("run " + run.id + " of " + run.pipeline + " never ends");
  if (run.state != RunState::kFailed || excused_.contains(run.id)) return;
  ListFilter of_run;
  of_run.run = run.id;
  if (engine.letters(of_run).value().rows.empty()) breaks("run " + run.id + " failed and left no letter");
}

void Promises::at_rest(JournalEngine& engine) {
  for (const auto& [id, event] : promised_) {
    const auto run = engine.run(id).value();
    if (!run) return breaks("run " + id + " of event " + std::to_string(event) + " was promised and is not there");
  }
  ListFilter all;
  all.most = kListMax;
  while (true) {
    const auto runs = engine.runs(all).value().rows;
    if (runs.empty()) return;
    for (const RunView& run : runs) check_end(run, engine);
    all.before = runs.back().number;
  }
}

}  // namespace sojourn::simulation
