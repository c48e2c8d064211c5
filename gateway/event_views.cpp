#include "gateway/event_views.h"

#include <array>
#include <utility>

#include "loader/utf8.h"
#include "runtime/base/rfc3339.h"
#include "runtime/crypto/encoding.h"
#include "runtime/event/dispatch/attempt_call_id.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

constexpr std::array<std::string_view, 5> kRunStates = {"waiting", "running", "done", "failed", "cancelled"};
constexpr std::array<std::string_view, 5> kJobStates = {"waiting", "ready", "running", "dead", "done"};

// Null for a time that has not come.
Json time_json(EpochMs at) {
  return at == 0 ? Json() : Json(rfc3339_of_ms(at));
}

// What the journal wrote itself; where it was damaged, an empty object.
Json parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json::object() : json;
}

Json context_json(const EventRecord& record) {
  Json json = {{"specversion", "1.0"}, {"id", record.id}, {"source", record.source}, {"type", record.type}};
  if (const Json more = parsed(record.attributes); more.is_object()) json.update(more);
  return json;
}

Json failures_json(const std::vector<Attempt>& failures) {
  Json json = Json::array();
  for (const Attempt& attempt : failures) {
    json.push_back({{"attempt", attempt.number},
                    {"at", time_json(attempt.at)},
                    {"kind", attempt.error.kind},
                    {"text", attempt.error.text}});
  }
  return json;
}

// Data goes into the JSON as JSON where that is what it is, as text where it is UTF-8, else in base64.
void add_data(Json& json, const std::string& data) {
  if (data.empty()) return;
  const auto type = json.find("datacontenttype");
  const bool says_json = type == json.end() || (type->is_string() && is_json_media_type(type->get<std::string>()));
  if (says_json) {
    Json value = Json::parse(data, nullptr, false);
    if (!value.is_discarded()) {
      json["data"] = std::move(value);
      return;
    }
  }
  if (!first_bad_character(data)) {
    json["data"] = data;
  } else {
    json["data_base64"] = to_base64(data);
  }
}

Result<std::string> whole(const std::string& inline_data, const std::optional<Digest>& blob,
                          const PayloadStore& payloads) {
  if (!blob) return inline_data;
  return payloads.get(*blob);
}

}  // namespace

std::string_view name(RunState state) {
  return kRunStates[static_cast<std::size_t>(state)];
}

std::string_view name(JobState state) {
  return kJobStates[static_cast<std::size_t>(state)];
}

Result<RunState> parse_run_state(std::string_view text) {
  for (std::size_t i = 0; i < kRunStates.size(); ++i) {
    if (kRunStates[i] == text) return static_cast<RunState>(i);
  }
  return Error(ErrorCode::kBadRequest,
               "query parameter `state`: is one of waiting, running, done, failed and cancelled");
}

RunState shown_state(const RunView& run) {
  const bool waits = run.state == RunState::kActive && run.pipeline.starts_with(kQueueLanePrefix);
  return waits ? RunState::kHeld : run.state;
}

Json event_head_json(const EventView& view) {
  return {{"number", view.number}, {"acceptedAt", time_json(view.accepted)}, {"event", context_json(view.event)}};
}

Result<Json> event_json(const EventRecord& record, const PayloadStore& payloads) {
  Json json = context_json(record);
  const auto data = whole(record.data, record.blob, payloads);
  if (!data.ok()) return data.error();
  add_data(json, *data);
  return json;
}

Json run_json(const RunView& view) {
  return {{"id", view.id},
          {"pipeline", view.pipeline},
          {"definition", view.definition},
          {"key", view.key},
          {"event", view.event},
          {"state", name(shown_state(view))},
          {"beganAt", time_json(view.began)},
          {"endedAt", time_json(view.ended)},
          {"openJobs", view.open_jobs}};
}

Json job_json(const JobView& view) {
  return {{"step", view.step},
          {"state", name(view.state)},
          {"attempts", view.attempts},
          {"dueAt", view.state == JobState::kReady ? time_json(view.due) : Json()},
          {"endedAt", time_json(view.ended)},
          {"failures", failures_json(view.failures)}};
}

Json step_json(const RunView& run, const JobView& job, const std::string& function) {
  JobView shown = job;
  const bool waits = shown_state(run) == RunState::kHeld && job.state == JobState::kReady;
  if (waits) shown.state = JobState::kHeld;
  Json json = job_json(shown);
  json["function"] = function.empty() ? Json() : Json(function);
  json["callIds"] = Json::array();
  if (function.empty()) return json;
  const auto definition = RunDefinition::parse(run.definition);
  const bool is_call = definition && definition->kind == RunKind::kCall;
  for (int attempt = 1; attempt <= job.attempts; ++attempt) {
    json["callIds"].push_back(is_call ? run.id : attempt_call_id(run.id, job.step, attempt));
  }
  return json;
}

Result<Json> result_json(const RunResult& result, const PayloadStore& payloads) {
  const auto body = whole(result.body, result.blob, payloads);
  if (!body.ok()) return body.error();
  Json json = {{"status", result.status}, {"headers", parsed(result.headers)}};
  if (!first_bad_character(*body)) {
    json["body"] = *body;
  } else {
    json["bodyBase64"] = to_base64(*body);
  }
  return json;
}

Json letter_json(const DeadLetter& letter) {
  return {{"number", letter.number},
          {"run", letter.run},
          {"pipeline", letter.pipeline},
          {"step", letter.step},
          {"at", time_json(letter.at)},
          {"attempts", letter.attempts},
          {"error", {{"kind", letter.error.kind}, {"text", letter.error.text}}},
          {"failures", failures_json(letter.failures)},
          {"event", context_json(letter.event)}};
}

}  // namespace sojourn
