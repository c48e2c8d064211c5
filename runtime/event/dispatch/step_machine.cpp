#include "runtime/event/dispatch/step_machine.h"

#include <algorithm>
#include <utility>

#include "runtime/event/dispatch/emitted.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/timing/retry_schedule.h"
#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/outcome_event.h"

namespace sojourn {
namespace {

JobEnd end_of(const LeasedJob& lease) {
  JobEnd end;
  end.job = lease.job;
  end.token = lease.token;
  return end;
}

StepOutcome refused(const Error& error) {
  return outcome_of_error(error.code(), error.text());
}

// --- what follows a step that is done
// ---------------------------------------------------------------------------------

// The input of the step's successors: nothing as long as it is the run's own event.
std::optional<EventRecord> handed_on(const StepJob& job, const std::optional<CloudEvent>& event) {
  if (event) return to_record(*event);
  if (&job.pipeline->steps.front() == job.step) return std::nullopt;
  EventRecord same = job.lease.input;
  if (same.blob) same.data.clear();  // it is in the store already
  return same;
}

void follow(const StepJob& job, Port port, const std::optional<CloudEvent>& event, EpochMs now,
            Completion& completion) {
  for (const Step* const next : successors(*job.pipeline, *job.step, port)) {
    completion.next.push_back({next->id, step_lane(job.pipeline->name, next->id), handed_on(job, event), now});
  }
}

// One of the events that a call has emitted, as the platform hands it on.
Result<CloudEvent> as_event(const StepJob& job, EmittedEvent emitted, std::size_t index, EpochMs now) {
  const bool has_cause = job.act == JobAct::kCall;
  const std::string_view trace =
      has_cause ? job.event.attribute("traceparent") : std::string_view(job.call.traceparent);
  return emitted_event(std::move(emitted), job.idempotency_key() + "." + std::to_string(index),
                       has_cause ? &job.event : nullptr, trace, now);
}

Status take_emitted(const StepJob& job, EmittedEvents emitted, const Deciding& deciding, Completion& completion) {
  std::size_t index = 0;
  for (EmittedEvent& one : emitted) {
    const std::string queue = one.queue;
    auto event = as_event(job, std::move(one), index++, deciding.now);
    if (!event) return event.error().at("what it emitted");
    completion.emitted.push_back(accept_emitted(deciding.triggers, queue, *event, deciding.now));
  }
  return {};
}

// The event for those who follow the function.
std::optional<Acceptance> told_to_followers(const StepJob& job, const Attempted& attempted, CallOutcome outcome,
                                            const Deciding& deciding, std::string& warning) {
  if (!job.chain) return std::nullopt;
  const bool has_event = job.act == JobAct::kCall;
  EndedCall ended;
  ended.function = job.chain->function().name;
  ended.version = job.chain->function().version->number;
  ended.call_id = attempted.call_id;
  ended.traceparent = has_event ? std::string(job.event.attribute("traceparent")) : job.call.traceparent;
  ended.outcome = outcome;
  ended.status = attempted.outcome.status;
  ended.error = outcome == CallOutcome::kFailure ? attempted.outcome.error.kind : std::string();
  auto told = accept_outcome(deciding.triggers, ended, has_event ? &job.event : nullptr, deciding.now);
  if (told.ok()) return std::move(*told);
  warning = "those who follow the function `" + ended.function +
            "` do not hear how its call ended: " + std::string(told.error().text());
  return std::nullopt;
}

// --- done
// -------------------------------------------------------------------------------------------------------------

Status complete_step(const StepJob& job, Attempted& attempted, const Deciding& deciding, Completion& completion) {
  StepOutcome& outcome = attempted.outcome;
  if (outcome.event && outcome.is_new) {
    const std::string_view trace = job.event.attribute("traceparent");
    if (Status derived = derive(*outcome.event, &job.event, trace, deciding.now); !derived.ok()) return derived.error();
  }
  const Port port = outcome.verdict == Verdict::kFiltered ? Port::kFiltered : Port::kOut;
  follow(job, port, outcome.event, deciding.now, completion);
  if (completion.next.empty()) completion.result = std::move(outcome.result);
  return {};
}

// What an asynchronous call leaves behind: the result, and where one is wanted the callback that tells it.
Aftermath after_call(const StepJob& job, Attempted& attempted, EpochMs now) {
  StepOutcome& outcome = attempted.outcome;
  Aftermath after;
  if (outcome.result) {
    after.result = std::move(outcome.result);
  } else {
    const ErrorCode code = outcome.code.value_or(ErrorCode::kInternal);
    std::string_view text = outcome.error.text;
    const std::string prefix = std::string(facts(code).name) + ": ";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    after.result = result_of_error(code, text, job.call.id);
  }
  if (!job.call.callback.empty()) {
    after.next.push_back(
        {std::string(kCallbackStep), callback_lane(job.call.function), callback_input(job.call, attempted.took), now});
  }
  return after;
}

// Error: what was answered cannot be taken, and the attempt has failed after all.
Result<JobEnd> decide_done(const StepJob& job, Attempted& attempted, const Deciding& deciding) {
  JobEnd end = end_of(job.lease);
  Completion completion;
  if (auto told = told_to_followers(job, attempted, CallOutcome::kSuccess, deciding, end.warning)) {
    completion.emitted.push_back(std::move(*told));
  }
  if (Status taken = take_emitted(job, std::move(attempted.emitted), deciding, completion); !taken.ok()) {
    return taken.error();
  }
  if (job.act == JobAct::kAsyncCall) {
    Aftermath after = after_call(job, attempted, deciding.now);
    completion.result = std::move(after.result);
    completion.next = std::move(after.next);
  } else if (job.step != nullptr) {
    if (Status done = complete_step(job, attempted, deciding, completion); !done.ok()) return done.error();
  }
  end.how = std::move(completion);
  return end;
}

// --- given up
// ---------------------------------------------------------------------------------------------------------

JobEnd decide_dead(const StepJob& job, Attempted attempted, const Deciding& deciding) {
  JobEnd end = end_of(job.lease);
  if (auto told = told_to_followers(job, attempted, CallOutcome::kFailure, deciding, end.warning)) {
    end.also.push_back(std::move(*told));
  }
  StepOutcome& outcome = attempted.outcome;
  const bool is_async = job.act == JobAct::kAsyncCall;
  const bool has_refused = is_async && outcome.verdict == Verdict::kDead && outcome.result;
  Aftermath after;
  if (is_async) {
    after = after_call(job, attempted, deciding.now);
  } else if (!job.dead_letter) {
    after.result = std::move(outcome.result);
  }
  if (!job.dead_letter || has_refused) {
    end.how = FailRun{std::move(outcome.error), std::move(after)};
  } else {
    end.how = Bury{std::move(outcome.error), std::move(after)};
  }
  return end;
}

JobEnd decide_failed(const StepJob& job, Attempted attempted, const Deciding& deciding) {
  const StepOutcome& outcome = attempted.outcome;
  JobEnd end = end_of(job.lease);
  if (outcome.verdict == Verdict::kNotBegun) {
    end.how = HandBack{deciding.now};
    return end;
  }
  if (outcome.verdict == Verdict::kDead || job.lease.attempt >= job.retry.attempts) {
    return decide_dead(job, std::move(attempted), deciding);
  }
  const auto wait = retry_wait(job.retry, job.lease.attempt, deciding.random, outcome.retry_after);
  end.how = TryAgain{outcome.error, deciding.now + wait.count()};
  return end;
}

// --- inside the journal
// -----------------------------------------------------------------------------------------------

Result<Completion> emit(const StepJob& job, const Deciding& deciding) {
  const bool is_emit = job.act == JobAct::kEmit;
  CloudEvent event = job.event;
  if (is_emit) event.type = std::get<EmitStep>(job.step->act).type;
  event.id = job.idempotency_key();
  event.source = "/pipelines/" + job.pipeline->name;
  if (Status derived = derive(event, &job.event, job.event.attribute("traceparent"), deciding.now); !derived.ok()) {
    return derived.error();
  }
  Completion completion;
  completion.emitted.push_back(
      is_emit ? accept_published(deciding.triggers, event, deciding.now)
              : accept_enqueued(deciding.triggers, std::get<EnqueueStep>(job.step->act).queue, event, deciding.now));
  follow(job, Port::kOut, std::nullopt, deciding.now, completion);
  return completion;
}

Completion adopted(const StepJob& job, const Deciding& deciding) {
  Completion completion;
  const BoundTrigger& consumer = *deciding.triggers.consumer(job.definition.name);
  if (auto run = adopt(deciding.triggers, consumer, job.event, deciding.now)) {
    completion.runs.push_back(std::move(*run));
  }
  return completion;
}

}  // namespace

std::vector<const Step*> successors(const Pipeline& pipeline, const Step& step, Port port) {
  const auto place = static_cast<std::size_t>(&step - pipeline.steps.data());
  const bool leads_on = port == Port::kOut && place + 1 < pipeline.steps.size();
  return leads_on ? std::vector<const Step*>{&pipeline.steps[place + 1]} : std::vector<const Step*>();
}

JobEnd decide(const StepJob& job, Attempted attempted, const Deciding& deciding) {
  const Verdict verdict = attempted.outcome.verdict;
  if (verdict == Verdict::kDone || verdict == Verdict::kFiltered) {
    auto done = decide_done(job, attempted, deciding);
    if (done) return std::move(*done);
    attempted.outcome = refused(done.error());
  }
  return decide_failed(job, std::move(attempted), deciding);
}

JobEnd decide_unknown(const LeasedJob& lease, const Error& why, const Deciding& deciding) {
  StepJob job;
  job.lease = lease;
  const auto definition = RunDefinition::parse(lease.definition);
  if (definition && definition->kind == RunKind::kCall && lease.step == kCallStep) {
    if (auto call = to_call(lease.input)) {  // who made it hears of its end all the same
      job.act = JobAct::kAsyncCall;
      job.call = std::move(*call);
    }
  }
  Attempted attempted;
  attempted.outcome = refused(why);
  if (why.code() == ErrorCode::kInternal) {  // what the journal holds will not read otherwise next time
    attempted.outcome.verdict = Verdict::kDead;
    attempted.outcome.error.kind = "invalid";
  }
  return decide_failed(job, std::move(attempted), deciding);
}

JobEnd decide_inside(const StepJob& job, const Deciding& deciding) {
  JobEnd end = end_of(job.lease);
  if (job.act == JobAct::kAdopt) {
    if (waits_for_consumer(job, deciding.triggers)) {
      end.how = HandBack{deciding.now};
    } else {
      end.how = adopted(job, deciding);
    }
    return end;
  }
  auto emitted = emit(job, deciding);
  if (!emitted) {
    Attempted attempted;
    attempted.outcome = refused(emitted.error());
    return decide_failed(job, std::move(attempted), deciding);
  }
  end.how = std::move(*emitted);
  return end;
}

JobEnd decide_batch(std::span<const StepJob> items, const Deciding& deciding) {
  JobEnd end = end_of(items.front().lease);
  std::vector<CloudEvent> events;
  for (const StepJob& item : items) {
    events.push_back(item.event);
    if (&item != &items.front()) end.with.push_back({item.lease.job, item.lease.token});
  }
  end.how = Completion();
  const BoundTrigger& consumer = *deciding.triggers.consumer(items.front().definition.name);
  if (auto batch = adopt_batch(deciding.triggers, consumer, events, deciding.now)) {
    end.also.push_back(std::move(*batch));
  }
  return end;
}

bool waits_for_consumer(const StepJob& job, const TriggerTable& triggers) {
  return job.act == JobAct::kAdopt && triggers.consumer(job.definition.name) == nullptr;
}

bool is_spent(const StepJob& job) {
  return job.acts() && job.lease.attempt > job.retry.attempts;
}

JobEnd decide_spent(const StepJob& job, const Deciding& deciding) {
  Attempted attempted;
  attempted.outcome = outcome_of_error(
      ErrorCode::kNoCapacity, "the server ended during attempt " + std::to_string(job.lease.attempt - 1) + " of " +
                                  std::to_string(job.retry.attempts) + ", the last one that retry.attempts permits");
  return decide_failed(job, std::move(attempted), deciding);
}

Result<bool> apply(JournalEngine& engine, const JobEnd& end, EpochMs now) {
  struct Apply {
    JournalEngine& engine;
    LeaseName lease;
    EpochMs now;
    Result<bool> operator()(const Completion& how) const { return engine.complete(lease.job, lease.token, how, now); }
    Result<bool> operator()(const TryAgain& how) const {
      return engine.retry(lease.job, lease.token, how.error, how.due, now);
    }
    Result<bool> operator()(const HandBack& how) const { return engine.give_back(lease.job, lease.token, how.due); }
    Result<bool> operator()(const Bury& how) const {
      return engine.bury(lease.job, lease.token, how.error, how.after, now);
    }
    Result<bool> operator()(const FailRun& how) const {
      return engine.fail(lease.job, lease.token, how.error, how.after, now);
    }
  };
  Result<bool> applied = std::visit(Apply{engine, {end.job, end.token}, now}, end.how);
  for (const LeaseName& other : end.with) {
    if (!applied.ok()) return applied;
    const auto also = std::visit(Apply{engine, other, now}, end.how);
    if (!also.ok() || *also) applied = also;
  }
  if (!applied.ok() || !*applied) return applied;
  for (const Acceptance& acceptance : end.also) {
    if (auto accepted = engine.accept(acceptance, now); !accepted.ok()) return accepted.error();
  }
  return true;
}

}  // namespace sojourn
