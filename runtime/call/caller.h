// What stands at the two ends of a call: the request somebody hands in, and the Caller who waits for its answer (an
// HTTP connection, a probe, a step of a pipeline). All views; the call copies what it keeps.
//
// Thread: the loop on which the call was started; every on_* comes there.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/error.h"
#include "runtime/base/header_field.h"
#include "runtime/call/event_keeper.h"

namespace sojourn {

// The event that a call is made for: what the call emits is said to come from it. The dispatcher and hooks say it of
// events that they know; nothing of it is ever taken from what a client sends.
struct CauseView {
  std::string_view id;
  std::string_view correlation;  // its correlationid, or empty
  int hops = 0;                  // its sojournhops, 0 when it has none
};

struct RequestView {
  std::string_view call_id;
  std::string_view traceparent;  // or empty
  std::string_view method;
  std::string_view path;    // decoded once
  std::string_view query;   // raw
  std::string_view remote;  // the peer's address
  std::span<const HeaderField> headers;
  std::string_view body;
  std::string_view token{};  // the name of the token that the client showed, or empty; for guards only

  // Of work that is tried several times, and of work for an event. Taken from the request by Runtime::call and held
  // for the whole chain; a request that goes inwards need not have them.
  int attempt = 1;                      // at this piece of work
  std::string_view idempotency_key{};   // goes to the function as the field idempotency-key, which is then not among
                                        // the headers; or empty
  const CauseView* cause = nullptr;     // read before Runtime::call returns
  EmittedEvents* emits_into = nullptr;  // what the call emits is put here before its Caller hears that it succeeded,
                                        // instead of being committed. Of no use when the call fails. It lives as long
                                        // as the CallHandle is held
};

struct ReplyView {
  int status = 200;
  std::span<const HeaderField> headers;  // checked: no CR, LF, NUL, no framing or hop-by-hop field
  std::string_view body;                 // empty for a stream's head
  // A decorator passes on what failed inside: the reply is then the platform's word, and says so by x-sojourn-error.
  std::optional<ErrorCode> failure{};
  bool permanent = false;  // the function said that another attempt is of no use (Permanent)
};

// What one link of a chain took by itself, without the links inside it.
struct LinkTime {
  std::string_view name;
  std::chrono::nanoseconds time;
};

// Where the time of a call went; what Server-Timing shows.
struct CallTimes {
  std::chrono::nanoseconds queue{0};     // until an instance had it
  std::chrono::nanoseconds sandbox{0};   // making a template or an instance for it
  std::chrono::nanoseconds function{0};  // from handing it over until the reply
  std::span<const LinkTime> links{};     // of a chain, the function last; ends with the method
};

struct CallFailure {
  ErrorCode code;
  std::string text;  // for the caller: what happened and which limit, no secrets, no paths of the host
  std::optional<std::chrono::milliseconds> retry_after;
};

// Gets exactly one of: on_reply; on_failure; on_stream_begin, any number of on_stream_chunk, on_stream_end.
// None is called from inside Calls::start, and none after its CallHandle was dropped.
class Caller {
 public:
  virtual void on_reply(const ReplyView& reply, const CallTimes& times) = 0;  // the views end with the method
  virtual void on_failure(const CallFailure& failure, const CallTimes& times) = 0;
  virtual void on_stream_begin(const ReplyView& head, const CallTimes& times) = 0;
  virtual void on_stream_chunk(std::string_view chunk) = 0;  // answer with CallHandle::consumed once it is passed on
  virtual void on_stream_end(const std::optional<Error>& broken) = 0;

 protected:
  ~Caller() = default;
};

}  // namespace sojourn
