#include "gateway/events/async_look.h"

#include <algorithm>

#include "gateway/credentials.h"
#include "gateway/event_views.h"
#include "gateway/events/async_call.h"
#include "gateway/events/event_desk.h"
#include "runtime/base/ascii.h"
#include "runtime/base/rfc3339.h"
#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

// The last of them: a call that was sent again is called back again.
const JobView* job_of(const KeptCall& call, std::string_view step) {
  const auto found =
      std::find_if(call.jobs.rbegin(), call.jobs.rend(), [&](const JobView& job) { return job.step == step; });
  return found == call.jobs.rend() ? nullptr : &*found;
}

bool is_open(const JobView& job) {
  return job.state == JobState::kHeld || job.state == JobState::kReady || job.state == JobState::kLeased;
}

Error no_such_call(const std::string& id) {
  return Error(ErrorCode::kCallNotFound, "no asynchronous call has the id " + id + "; it may be forgotten already");
}

bool is_success(const RunResult& result) {
  return result.status >= 200 && result.status < 300;
}

Json callback_json(const JobView& job) {
  return {{"state", is_open(job)                   ? "waiting"
                    : job.state == JobState::kDone ? "delivered"
                                                   : "failed"},
          {"attempts", job_json(job)["failures"]}};
}

// Those that failed, as they are kept, and the one that went well.
Json attempts_json(const KeptCall& call, const JobView& job) {
  Json attempts = job_json(job)["failures"];
  if (job.state != JobState::kDone) return attempts;
  Json last = {{"attempt", job.attempts}, {"at", rfc3339_of_ms(job.ended)}};
  if (call.result) last["status"] = call.result->status;
  attempts.push_back(std::move(last));
  return attempts;
}

Json call_json(const std::string& id, const KeptCall& call) {
  Json json = {{"callId", id},
               {"function", call.run.pipeline},
               {"version", call.version},
               {"state", state_of(call)},
               {"attempts", Json::array()}};
  if (const JobView* job = job_of(call, kCallStep)) json["attempts"] = attempts_json(call, *job);
  if (const JobView* job = job_of(call, kCallbackStep)) json["callback"] = callback_json(*job);
  return json;
}

}  // namespace

Result<KeptCall> find_call(JournalEngine& engine, const std::string& id) {
  auto run = engine.run(id);
  if (!run.ok()) return run.error();
  const auto definition = *run ? RunDefinition::parse((*run)->definition) : std::nullopt;
  if (!definition || definition->kind != RunKind::kCall) return no_such_call(id);
  KeptCall call;
  call.run = std::move(**run);
  call.version = definition->number;
  auto event = engine.event(call.run.event);
  if (!event.ok()) return event.error();
  if (*event) {
    const auto stored = to_call((*event)->event);
    if (!stored.ok()) return stored.error();
    call.token = stored->token;
  }
  auto jobs = engine.jobs(id);
  if (!jobs.ok()) return jobs.error();
  call.jobs = std::move(*jobs);
  auto result = engine.result(id);
  if (!result.ok()) return result.error();
  call.result = std::move(*result);
  return call;
}

std::string_view state_of(const KeptCall& call) {
  if (call.run.state == RunState::kCancelled) return "cancelled";
  const JobView* const job = job_of(call, kCallStep);
  if (job != nullptr && job->state == JobState::kDead) return "failed";
  if (job == nullptr || job->state == JobState::kDone || call.run.state == RunState::kFailed) {
    return call.result && is_success(*call.result) ? "succeeded" : "failed";
  }
  if (job->state == JobState::kLeased) return "running";
  return job->attempts > 0 ? "retrying" : "waiting";
}

AsyncLook::AsyncLook(Worker& worker, Exchange& exchange, std::string_view id, Act act)
    : EventAnswer(worker, exchange), id_(lower_case(id)), act_(act) {}

void AsyncLook::on_request(Exchange&) {
  worker().site().events->ask<KeptCall>(
      WorkKind::kNotes, worker().loop(), [id = id_](JournalEngine& engine) { return find_call(engine, id); },
      later(&AsyncLook::on_found));
}

// An open function's call that no token began is seen by who knows its id; every other call by who has the right.
Status AsyncLook::may(const KeptCall& call) {
  if (worker().site().options.dev) return {};
  const auto credentials =
      Credentials::of(exchange().head().header("authorization"), *worker().tokens(), worker().recent_tokens());
  if (!call.token.empty() && credentials.token != nullptr && credentials.token->name == call.token) return {};
  const RouteEntryPtr* const entry = worker().routes()->find(call.run.pipeline);
  const bool is_open = entry != nullptr && (*entry)->live && (*entry)->live->config.access.kind == AccessKind::kOpen;
  if (call.token.empty() && is_open) return {};
  return credentials.may(act_ == Act::kShow ? Verb::kRead : Verb::kInvoke, call.run.pipeline);
}

void AsyncLook::on_found(Result<KeptCall> found) {
  if (!found.ok()) return refuse(answer(), found.error());
  if (Status allowed = may(*found); !allowed.ok()) return refuse(answer(), allowed.error());
  act_ == Act::kShow ? show(*found) : cancel(*found);
}

void AsyncLook::show(const KeptCall& call) {
  auto json = std::make_shared<Json>(call_json(id_, call));
  const JobView* const job = job_of(call, kCallStep);
  const bool goes_on = job != nullptr && is_open(*job);  // a result that is there is that of before it was sent again
  if (!call.result || goes_on) return reply_json(answer(), 200, *json);
  Journal& journal = *worker().site().events->journal();
  worker().loop().run_blocking(
      [json, &journal, result = *call.result, desk = worker().site().events] {
        auto shown = result_json(result, journal.payloads());
        if (shown.ok())
          (*json)["result"] = std::move(*shown);
        else
          (*json)["resultMissing"] = desk->told(shown.error()).text();
      },
      [send = later(&AsyncLook::send), json] { send(json); });
}

void AsyncLook::send(std::shared_ptr<Json> json) {
  reply_json(answer(), 200, *json);
}

void AsyncLook::cancel(const KeptCall&) {
  worker().site().events->cancel(id_, worker().loop(), later(&AsyncLook::on_cancelled));
}

void AsyncLook::on_cancelled(Result<bool> cancelled) {
  if (!cancelled.ok()) return refuse(answer(), cancelled.error());
  if (!*cancelled) return refuse(answer(), Error(ErrorCode::kConflict, "call " + id_ + " has ended already"));
  answer().reply(204, {}, {});
}

}  // namespace sojourn
