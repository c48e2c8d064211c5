// What the answer to an attempt means: whether the step is done, is tried again, or is given up. One table says it for
// the platform's errors, one for HTTP statuses; nothing else judges an attempt.
//
// Thread: any; pure functions over values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

enum class Verdict {
  kDone,
  kFiltered,  // done, and nothing follows
  kRetry,     // failed, and may go well another time
  kDead,      // failed, and would again
  kNotBegun,  // nothing was tried: the attempt does not count
};

struct StepOutcome {
  Verdict verdict = Verdict::kDone;
  AttemptError error;                                    // where it is not done
  int status = 200;                                      // HTTP: what was answered, or what the error stands for
  std::optional<ErrorCode> code;                         // of the platform's error, where it was one
  std::optional<std::chrono::milliseconds> retry_after;  // as the one who failed asks for it
  std::optional<CloudEvent> event;                       // kDone: what the next step sees; nothing: what this one saw
  bool is_new = false;                                   // `event` is another one, made because of the input
  std::optional<RunResult> result;                       // what was answered; `body` is whole, however long
};

// A whole answer, by a function or by a server outside.
struct StepReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string_view header(std::string_view name) const;  // the first; empty when there is none
};

enum class Lasting { kNo, kYes };  // whether the one who failed says that trying again is of no use

// A reply with this header ends its branch: an empty optional of an event handler.
inline constexpr std::string_view kFilteredHeader = "x-sojourn-filtered";

// The word for why a call failed, as attempts, dead letters and followers are told it (docs/retries.md).
std::string_view error_kind(int status);  // HTTP, from 400
std::string_view error_kind(ErrorCode code);

// The platform's word on why there is no answer. `text` is for people.
StepOutcome outcome_of_error(ErrorCode code, std::string_view text,
                             std::optional<std::chrono::milliseconds> retry_after = std::nullopt,
                             Lasting lasting = Lasting::kNo);

// What the reply to a step `call` means; `function` and `event_id` stand in where a replacing event names no source and
// no id of its own.
StepOutcome outcome_of_call(StepReply reply, const CloudEvent& input, std::string_view function,
                            std::string_view event_id, EpochMs now, Lasting lasting = Lasting::kNo);

// What the reply to an asynchronous call means: the function has answered, with whatever status, unless that asks for
// another attempt. kDead with a result: it has refused.
StepOutcome outcome_of_async_call(StepReply reply, EpochMs now, Lasting lasting = Lasting::kNo);

// What a server outside has answered to a `post` or a callback.
StepOutcome outcome_of_post(const StepReply& reply, EpochMs now);
StepOutcome outcome_of_unsent(const Error& error);  // of HttpClient

// The result that stands for a failure nobody has answered.
RunResult result_of_error(ErrorCode code, std::string_view text, std::string_view call_id);
RunResult to_result(StepReply reply);

}  // namespace sojourn
