#include "tests/simulation/sim_world.h"

#include <algorithm>
#include <charconv>

#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn::simulation {
namespace {

constexpr std::string_view kQueue = "items";
constexpr std::string_view kLoop = "loop";

Match of_type(const std::string& type) {
  Match match;
  match.kind = MatchKind::kExact;
  match.reference = "type";
  match.value = "\"" + type + "\"";
  return match;
}

std::string uuid(Random& random) {
  std::string text = "00000000-0000-4000-8000-000000000000";
  for (char& digit : text) {
    if (digit == '0') digit = "0123456789abcdef"[random.index(16)];
  }
  return text;
}

}  // namespace

SimWorld::SimWorld(Random& random) : random_(random) {
  for (const char* name : {"f0", "f1", "f2"}) make_function(name);
  for (const char* name : {"p0", "p1", "p2", "follow", "take", "loop"}) {
    pipelines_[name].push_back(std::make_shared<const Pipeline>(make_pipeline(name)));
  }
  make_table();
}

// --- what is deployed
// -------------------------------------------------------------------------------------------------

void SimWorld::make_function(const std::string& name) {
  auto& versions = functions_[name];
  auto version = std::make_shared<Version>();
  version->function = name;
  version->number = static_cast<int>(versions.size()) + 1;
  version->config.instances.max = static_cast<int>(random_.between(1, 4));
  version->config.retry.attempts = static_cast<int>(random_.between(1, 4));
  version->config.retry.initial = std::chrono::milliseconds(random_.between(1, 1000));
  auto chain = std::make_shared<Chain>();
  chain->links.push_back({name, name, version, nullptr});
  versions.push_back(std::move(chain));
  int& limit = limits_[call_lane(name)];
  limit = std::max(limit, version->config.instances.max);
  limits_[callback_lane(name)] = kCallbacksAtOnce;
}

Step SimWorld::make_step(const std::string& id) {
  Step step;
  step.id = id;
  const auto kind = random_.between(0, 9);
  if (kind < 6) step.act = CallStep{"f" + std::to_string(random_.between(0, 2))};
  if (kind == 6 || kind == 7) step.act = PostStep{.url = "http://outside/", .sign = {}, .headers = {}};
  if (kind == 8) step.act = EmitStep{"t.1"};
  if (kind == 9) step.act = EnqueueStep{std::string(kQueue)};
  step.retry.attempts = static_cast<int>(random_.between(1, 4));
  step.retry.backoff = static_cast<BackoffKind>(random_.between(0, 2));
  step.retry.jitter = static_cast<Jitter>(random_.between(0, 2));
  step.retry.initial = std::chrono::milliseconds(random_.between(0, 2000));
  step.dead_letter = !random_.one_in(4);
  step.concurrency = static_cast<int>(random_.between(1, 4));
  return step;
}

Pipeline SimWorld::make_pipeline(const std::string& name) {
  Pipeline pipeline;
  pipeline.name = name;
  Trigger trigger;
  trigger.on = EventTrigger{};
  if (name == "follow") {
    trigger.on = FunctionTrigger{"f0", CallOutcome::kAny};
  } else if (name == "take") {
    trigger.on = QueueTrigger{std::string(kQueue), static_cast<int>(random_.between(1, 3))};
  } else {
    trigger.match = of_type(name == kLoop ? std::string(kLoop) : "t." + name.substr(1));
  }
  pipeline.triggers.push_back(std::move(trigger));
  if (name == "p0" || name == "p1") pipeline.key = {"tenant"};
  pipeline.order = name == "p1" ? KeyOrder::kHold : KeyOrder::kContinue;
  const auto steps = random_.between(1, 3);
  for (std::int64_t i = 0; i < steps; ++i) pipeline.steps.push_back(make_step("s" + std::to_string(i)));
  // What is emitted ends with the hops; items that make items, and followers that are followed, would not end so soon.
  if (name == kLoop) pipeline.steps.back().act = EmitStep{std::string(kLoop)};
  if (name == "follow" || name == "take" || name == "p1") {
    for (Step& step : pipeline.steps) step.act = CallStep{"f1"};
  }
  for (const Step& step : pipeline.steps) {
    int& limit = limits_[step_lane(name, step.id)];
    limit = std::max(limit, step.concurrency);
  }
  return pipeline;
}

void SimWorld::make_table() {
  std::vector<TriggerSource> sources;
  for (const auto& [name, versions] : pipelines_) {
    if (name == "take" && consumer_ == Consumer::kGone) continue;
    TriggerSource source;
    source.pipeline = versions.back();
    source.definition.name = name;
    source.definition.number = static_cast<int>(versions.size());
    for (const auto& [function, chains] : functions_) {
      source.definition.functions[function] = static_cast<int>(chains.size());
    }
    sources.push_back(std::move(source));
  }
  table_ = TriggerTable::make(std::move(sources)).value();
}

void SimWorld::deploy() {
  if (random_.one_in(2)) {
    make_function("f" + std::to_string(random_.between(0, 2)));
  } else {
    auto& [name, versions] = *std::next(pipelines_.begin(), random_.between(0, 5));
    versions.push_back(std::make_shared<const Pipeline>(make_pipeline(name)));
  }
  make_table();
}

void SimWorld::set_consumer(Consumer consumer) {
  consumer_ = consumer;
  make_table();
}

Result<std::shared_ptr<const Pipeline>> SimWorld::pipeline(const RunDefinition& definition) {
  return pipelines_.find(definition.name)->second.at(static_cast<std::size_t>(definition.number) - 1);
}

Result<ChainPtr> SimWorld::chain(std::string_view reference) {
  const std::size_t at = reference.find('@');
  std::size_t number = 0;
  std::from_chars(reference.data() + at + 1, reference.data() + reference.size(), number);
  return functions_.find(reference.substr(0, at))->second.at(number - 1);
}

Result<SecretText> SimWorld::secret(std::string_view name) {
  return Error(ErrorCode::kSecretNotFound, std::string(name));
}

int SimWorld::limit(const std::string& lane) const {
  const auto found = limits_.find(lane);
  return found == limits_.end() ? 0 : found->second;
}

bool SimWorld::holds_after_letter(const std::string& pipeline) const {
  return pipeline == "p1";
}

// --- what comes in
// ----------------------------------------------------------------------------------------------------

CloudEvent SimWorld::make_event() {
  CloudEvent event;
  const bool is_again = last_id_ > 0 && random_.one_in(16);
  event.id = std::to_string(is_again ? random_.between(1, last_id_) : ++last_id_);
  event.source = "/sender";
  event.type = random_.one_in(40) ? std::string(kLoop) : "t." + std::to_string(random_.between(0, 3));
  if (!random_.one_in(4)) event.attributes["tenant"] = "tenant-" + std::to_string(random_.between(0, 2));
  event.data = "data";
  return event;
}

Acceptance SimWorld::arrival(EpochMs now) {
  const auto kind = random_.between(0, 9);
  if (kind < 6) return accept_published(*table_, make_event(), now);
  if (kind < 8) return accept_enqueued(*table_, kQueue, make_event(), now);
  StoredCall call;
  call.id = uuid(random_);
  call.function = "f" + std::to_string(random_.between(0, 2));
  call.version = static_cast<int>(functions_.find(call.function)->second.size());
  if (random_.one_in(2)) call.callback = "http://outside/back";
  Acceptance acceptance;
  acceptance.event = to_record(call);
  acceptance.runs.push_back(run_of(call, now));
  return acceptance;
}

// --- how attempts go
// --------------------------------------------------------------------------------------------------

StepOutcome SimWorld::failure() {
  constexpr ErrorCode kCodes[] = {
      ErrorCode::kDeadline,   ErrorCode::kFunctionCrashed, ErrorCode::kOutOfMemory, ErrorCode::kConcurrencyLimited,
      ErrorCode::kNoCapacity, ErrorCode::kFunctionThrew,   ErrorCode::kDraining,    ErrorCode::kBodyTooLarge};
  const ErrorCode code = kCodes[random_.index(std::size(kCodes))];
  std::optional<std::chrono::milliseconds> wait;
  if (random_.one_in(4)) wait = std::chrono::milliseconds(random_.between(0, 5000));
  return outcome_of_error(code, "simulated", wait, random_.one_in(20) ? Lasting::kYes : Lasting::kNo);
}

StepReply SimWorld::reply() {
  constexpr int kStatuses[] = {200, 200, 200, 204, 404, 429, 500, 503};
  StepReply made;
  made.status = kStatuses[random_.index(std::size(kStatuses))];
  if (random_.one_in(3)) made.body = "made";
  if (random_.one_in(10)) made.headers.emplace_back(kFilteredHeader, "1");
  if (random_.one_in(10)) made.headers.insert(made.headers.end(), {{"ce-specversion", "1.0"}, {"ce-type", "t.new"}});
  return made;
}

EmittedEvents SimWorld::make_emitted() {
  EmittedEvents emitted;
  if (!random_.one_in(6)) return emitted;
  EmittedEvent& event = emitted.emplace_back();
  event.source = "/functions/f0";
  event.attributes = {{"type", random_.one_in(2) ? "t.2" : "t.nobody"}};
  if (random_.one_in(3)) event.queue = kQueue;
  return emitted;
}

Attempted SimWorld::answer(const StepJob& job, EpochMs now) {
  Attempted attempted;
  attempted.took = std::chrono::milliseconds(random_.between(1, 500));
  attempted.call_id = "call";
  if (random_.one_in(4)) {
    attempted.outcome = failure();
    return attempted;
  }
  switch (job.act) {
    case JobAct::kCall:
      attempted.outcome = outcome_of_call(reply(), job.event, job.chain->function().name, job.idempotency_key(), now);
      break;
    case JobAct::kAsyncCall:
      attempted.outcome = outcome_of_async_call(reply(), now);
      break;
    default:
      attempted.outcome = outcome_of_post(reply(), now);
      break;
  }
  const bool is_first_hand = job.act == JobAct::kAsyncCall || job.pipeline == nullptr || job.pipeline->name == "p0";
  if (attempted.outcome.verdict == Verdict::kDone && is_first_hand && job.chain) attempted.emitted = make_emitted();
  return attempted;
}

}  // namespace sojourn::simulation
