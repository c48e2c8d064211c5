// An asynchronous call as the journal keeps it: the request in an event's row, and the run that begins with it.
//
//   event  source /functions/NAME, type io.sojourn.call, id = the call's; data = the body; attributes, all strings:
//            callmethod callpath callquery callremote calltoken calltimeout callbackurl calltook callbegan
//            datacontenttype traceparent
//            callheaders      the text of a JSON array of [name, value]
//          What came as bytes stands percent-encoded: path, query, and the headers' values.
//   run    id = the call's, pipeline = the function, definition `call NAME@N`, one job:
//            step `call` in call_lane(NAME), then where a callback is wanted
//            step `callback` in callback_lane(NAME), with callback_input() as its input; what it posts is the run's
//            result
//
// Thread: values; any thread.
// Errors: kInternal for a record that is no call's.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

inline constexpr std::string_view kCallType = "io.sojourn.call";
inline constexpr std::string_view kCallStep = "call";
inline constexpr std::string_view kCallbackStep = "callback";

struct StoredCall {
  std::string id;  // a UUID: the call's and the run's
  std::string function;
  int version = 0;
  std::string method = "POST";
  std::string path = "/";  // decoded
  std::string query;       // raw
  std::string remote;      // the address that it came from
  std::string token;       // the name of the token that began it, or empty
  std::string traceparent;
  std::vector<std::pair<std::string, std::string>> headers;  // as the function shall see them
  std::chrono::milliseconds timeout{0};                      // of one attempt
  std::string callback;                                      // a URL, or empty
  std::chrono::milliseconds took{0};                         // in a callback's input: what the result took
  EpochMs began = 0;                                         // likewise: since when; 0 where that is not known
  std::string body;
  bool operator==(const StoredCall&) const = default;
};

// The event's row; its `data` is the whole body, however long.
EventRecord to_record(const StoredCall& call);
// `record.data` is the body: what lay in the payload store was fetched. The version is the run definition's to say.
Result<StoredCall> to_call(const EventRecord& record);

// What the step `callback` is given: the call without headers and body, and how long its result took, from when on.
EventRecord callback_input(const StoredCall& call, std::chrono::milliseconds took);

// The run that does it, due at once.
RunSpec run_of(const StoredCall& call, EpochMs now);

}  // namespace sojourn
