#include "runtime/event/dispatch/step_job.h"

#include <algorithm>
#include <utility>

#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

template <class... Acts>
struct Each : Acts... {
  using Acts::operator()...;
};
template <class... Acts>
Each(Acts...) -> Each<Acts...>;

bool takes_from_queue(const Pipeline& pipeline, const Step& step) {
  const auto& triggers = pipeline.triggers;
  return &step == &pipeline.steps.front() && std::any_of(triggers.begin(), triggers.end(), [](const Trigger& trigger) {
    return std::holds_alternative<QueueTrigger>(trigger.on);
  });
}

Status fill_step(StepJob& job, DispatchSite& site) {
  auto pipeline = site.pipeline(job.definition);
  if (!pipeline) return pipeline.error();
  job.pipeline = std::move(*pipeline);
  job.step = job.pipeline->step(job.lease.step);
  if (job.step == nullptr) {
    return Error(ErrorCode::kInternal, job.definition.name + " has no step " + job.lease.step);
  }
  job.retry = job.step->retry;
  job.timeout = job.step->timeout;
  job.concurrency = job.step->concurrency;
  job.dead_letter = job.step->dead_letter;
  job.from_queue = takes_from_queue(*job.pipeline, *job.step);
  auto event = to_event(job.lease.input);
  if (!event) return event.error();
  job.event = std::move(*event);
  job.act = std::visit(
      Each{[](const CallStep&) { return JobAct::kCall; }, [](const PostStep&) { return JobAct::kPost; },
           [](const EmitStep&) { return JobAct::kEmit; }, [](const EnqueueStep&) { return JobAct::kEnqueue; }},
      job.step->act);
  if (job.act != JobAct::kCall) return {};
  const auto reference = reference_of(job.definition, std::get<CallStep>(job.step->act).function);
  if (!reference) return reference.error();
  auto chain = site.chain(*reference);
  if (!chain) return chain.error();
  job.chain = std::move(*chain);
  return {};
}

Status fill_call(StepJob& job, DispatchSite& site) {
  auto call = to_call(job.lease.input);
  if (!call) return call.error();
  job.call = std::move(*call);
  job.call.version = job.definition.number;
  if (job.lease.step == kCallbackStep) {
    job.act = JobAct::kCallback;
    job.concurrency = kCallbacksAtOnce;
    return {};
  }
  job.act = JobAct::kAsyncCall;
  auto chain = site.chain(job.definition.name + "@" + std::to_string(job.definition.number));
  if (!chain) return chain.error();
  job.chain = std::move(*chain);
  const FunctionConfig& config = job.chain->function().version->config;
  job.retry = config.retry;
  job.timeout = job.call.timeout.count() > 0 ? std::min(job.call.timeout, config.timeout) : config.timeout;
  job.concurrency = config.instances.max;
  return {};
}

Status fill_adoption(StepJob& job) {
  job.act = JobAct::kAdopt;
  job.concurrency = kAdoptedAtOnce;
  auto event = to_event(job.lease.input);
  if (!event) return event.error();
  job.event = std::move(*event);
  return {};
}

}  // namespace

Result<std::string> reference_of(const RunDefinition& definition, const std::string& function) {
  if (function.find('@') != std::string::npos) return function;
  if (definition.kind == RunKind::kTrigger) return definition.name + "@" + std::to_string(definition.number);
  const auto found = definition.functions.find(function);
  if (found == definition.functions.end()) {
    return Error(ErrorCode::kInternal, "the run does not say which version of " + function + " it keeps to");
  }
  return function + "@" + std::to_string(found->second);
}

Result<StepJob> understand(LeasedJob lease, DispatchSite& site) {
  auto definition = RunDefinition::parse(lease.definition);
  if (!definition) {
    return Error(ErrorCode::kInternal, "run " + lease.run + " keeps to `" + lease.definition + "`, which nobody knows");
  }
  StepJob job;
  job.lease = std::move(lease);
  job.definition = std::move(*definition);
  Status filled;
  switch (job.definition.kind) {
    case RunKind::kPipeline:
    case RunKind::kTrigger:
      filled = fill_step(job, site);
      break;
    case RunKind::kCall:
      filled = fill_call(job, site);
      break;
    case RunKind::kQueue:
      filled = fill_adoption(job);
      break;
  }
  if (!filled.ok()) return filled.error();
  return job;
}

}  // namespace sojourn
