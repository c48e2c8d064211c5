// An Answer is how the gateway's responders reply: it hands everything on to the Exchange and keeps the account, one
// line of the access log and the function's metrics, when the reply is complete or the client is gone.
//
// Thread: the exchange's loop.
// Owner:  the responder, or the stack of Router::route for a reply at once. The exchange outlives it.
// After reply, fail, end or abort the exchange may be gone, and with it the responder: nothing may follow them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/http/exchange.h"
#include "gateway/route_table.h"
#include "runtime/base/clock.h"

namespace sojourn {

class Worker;

class Answer {
 public:
  Answer(Worker& worker, Exchange& exchange);
  ~Answer();  // unanswered: the client was gone first
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // It is a call of this function, which may end without the version being known (0).
  void is_call(const RouteEntryPtr& entry, int version);

  // Fields that the reply gets whatever it is, errors included; a function's own of CORS give way. Their texts live as
  // long as the exchange.
  void add_to_reply(std::span<const HeaderField> fields) { added_.assign(fields.begin(), fields.end()); }

  Exchange& exchange() { return exchange_; }
  Worker& worker() { return worker_; }
  bool done() const { return done_; }

  // `error_code`: of the platform's own, when that is what a decorator passes on.
  void reply(int status, std::span<const HeaderField> headers, std::string_view body, std::string_view error_code = {});
  void fail(const Error& error, std::span<const HeaderField> more = {});
  void begin(int status, std::span<const HeaderField> headers);
  void write(std::string_view chunk);
  void end();
  void abort(std::string_view error_code);

 private:
  void account(std::string_view error_code);
  std::vector<HeaderField> with_added(std::span<const HeaderField> headers) const;

  Worker& worker_;
  Exchange& exchange_;
  const MonotonicTime started_;
  RouteEntryPtr function_;
  std::vector<HeaderField> added_;
  int version_ = 0;
  int status_ = 0;
  std::uint64_t bytes_ = 0;
  bool done_ = false;
};

}  // namespace sojourn
