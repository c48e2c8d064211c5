#include "runtime/event/dispatch/step_outcome.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/base/error_body.h"
#include "runtime/event/timing/retry_schedule.h"

namespace sojourn {
namespace {

struct Meaning {
  std::string_view kind;
  Verdict verdict;
};

// By HTTP status, 2xx aside.
Meaning meaning_of(int status) {
  switch (status) {
    case 408:
      return {"timeout", Verdict::kRetry};
    case 429:
      return {"throttled", Verdict::kRetry};
    case 503:
      return {"unavailable", Verdict::kRetry};
    case 504:
      return {"timeout", Verdict::kRetry};
    default:
      break;
  }
  return status >= 500 ? Meaning{"error", Verdict::kRetry} : Meaning{"invalid", Verdict::kDead};
}

// The platform's errors; those that stand here mean more than their status says.
Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDeadline:
      return {"timeout", Verdict::kRetry};
    case ErrorCode::kFunctionCrashed:
    case ErrorCode::kFunctionExited:
    case ErrorCode::kForbiddenSyscall:
    case ErrorCode::kBrokenReply:
      return {"crash", Verdict::kRetry};
    case ErrorCode::kOutOfMemory:
      return {"memory", Verdict::kRetry};
    case ErrorCode::kConcurrencyLimited:
    case ErrorCode::kRateLimited:
      return {"throttled", Verdict::kRetry};
    case ErrorCode::kNoCapacity:
    case ErrorCode::kStoreUnavailable:
      return {"unavailable", Verdict::kRetry};
    case ErrorCode::kDraining:
      return {"unavailable", Verdict::kNotBegun};
    case ErrorCode::kLoopDetected:
    case ErrorCode::kNotAvailable:
      return {"invalid", Verdict::kDead};
    default:
      return meaning_of(facts(code).http_status);
  }
}

constexpr std::size_t kErrorTextMax = 1024;  // bytes of an attempt's error

std::string cut(std::string_view text) {
  return std::string(text.substr(0, kErrorTextMax));
}

StepOutcome failed(Meaning meaning, int status, std::string_view text,
                   std::optional<std::chrono::milliseconds> retry_after, Lasting lasting) {
  StepOutcome outcome;
  outcome.verdict = meaning.verdict;
  outcome.status = status;
  outcome.error = {std::string(meaning.kind), cut(text)};
  outcome.retry_after = retry_after;
  if (lasting == Lasting::kYes && meaning.verdict == Verdict::kRetry) {
    outcome.verdict = Verdict::kDead;
    outcome.error.kind = "invalid";
  }
  return outcome;
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

StepOutcome failed_reply(const StepReply& reply, EpochMs now, Lasting lasting) {
  std::string text = "answered " + std::to_string(reply.status);
  const std::string_view code = reply.header(kErrorHeader);
  if (!code.empty()) text += " " + std::string(code);
  const std::string_view type = reply.header("content-type");
  if (!reply.body.empty() && (type.starts_with("text/") || is_json_media_type(type))) text += ": " + cut(reply.body);
  return failed(meaning_of(reply.status), reply.status, text, read_retry_after(reply.header("retry-after"), now),
                lasting);
}

// The event that the reply's ce- fields say, as made by the function.
Result<CloudEvent> replacing_event(const StepReply& reply, std::string_view function, std::string_view event_id) {
  const std::string source = "/functions/" + std::string(function);
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : reply.headers) {
    if (name != "ce-source") fields.push_back({name, value});
  }
  fields.push_back({"ce-source", source});
  if (reply.header("ce-id").empty()) fields.push_back({"ce-id", event_id});
  return read_binary(fields, reply.body);
}

}  // namespace

std::string_view StepReply::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view error_kind(int status) {
  return meaning_of(status).kind;
}

std::string_view error_kind(ErrorCode code) {
  return meaning_of(code).kind;
}

StepOutcome outcome_of_error(ErrorCode code, std::string_view text,
                             std::optional<std::chrono::milliseconds> retry_after, Lasting lasting) {
  const std::string said = std::string(facts(code).name) + ": " + std::string(text);
  StepOutcome outcome = failed(meaning_of(code), facts(code).http_status, said, retry_after, lasting);
  outcome.code = code;
  return outcome;
}

StepOutcome outcome_of_call(StepReply reply, const CloudEvent& input, std::string_view function,
                            std::string_view event_id, EpochMs now, Lasting lasting) {
  if (!is_success(reply.status)) return failed_reply(reply, now, lasting);
  StepOutcome outcome;
  if (!reply.header(kFilteredHeader).empty()) {
    outcome.verdict = Verdict::kFiltered;
  } else if (!reply.header("ce-type").empty()) {
    auto event = replacing_event(reply, function, event_id);
    if (!event) {
      const int status = facts(ErrorCode::kBrokenReply).http_status;
      return failed({"invalid", Verdict::kDead}, status, "its reply: " + event.error().text(), {}, Lasting::kNo);
    }
    outcome.event = std::move(*event);
    outcome.is_new = true;
  } else if (!reply.body.empty()) {
    outcome.event = input;
    outcome.event->data = reply.body;
    outcome.event->attributes.erase("datacontenttype");
    const std::string_view type = reply.header("content-type");
    if (!type.empty()) outcome.event->attributes["datacontenttype"] = type;
  }
  outcome.status = reply.status;
  outcome.result = to_result(std::move(reply));
  return outcome;
}

StepOutcome outcome_of_async_call(StepReply reply, EpochMs now, Lasting lasting) {
  StepOutcome outcome;
  if (reply.status >= 400) outcome = failed_reply(reply, now, lasting);
  outcome.status = reply.status;
  outcome.result = to_result(std::move(reply));
  return outcome;
}

StepOutcome outcome_of_post(const StepReply& reply, EpochMs now) {
  return is_success(reply.status) ? StepOutcome() : failed_reply(reply, now, Lasting::kNo);
}

StepOutcome outcome_of_unsent(const Error& error) {
  const bool is_final = error.code() == ErrorCode::kForbidden || error.code() == ErrorCode::kBadRequest;
  const bool is_late = error.code() == ErrorCode::kDeadline;
  const Meaning meaning = is_final  ? Meaning{"invalid", Verdict::kDead}
                          : is_late ? Meaning{"timeout", Verdict::kRetry}
                                    : Meaning{"unavailable", Verdict::kRetry};
  return failed(meaning, facts(error.code()).http_status, error.text(), std::nullopt, Lasting::kNo);
}

RunResult result_of_error(ErrorCode code, std::string_view text, std::string_view call_id) {
  StepReply reply;
  reply.status = facts(code).http_status;
  reply.headers = {{"content-type", "application/json"}, {std::string(kErrorHeader), std::string(facts(code).name)}};
  reply.body = error_body(code, text, call_id);
  return to_result(std::move(reply));
}

RunResult to_result(StepReply reply) {
  nlohmann::json headers = nlohmann::json::array();
  for (const auto& [name, value] : reply.headers) headers.push_back({name, value});
  RunResult result;
  result.status = reply.status;
  result.headers = headers.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  result.body = std::move(reply.body);
  return result;
}

}  // namespace sojourn
