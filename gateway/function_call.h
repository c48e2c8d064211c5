// A FunctionCall is one HTTP request's conversation with a function: it starts the call when the request is whole, and
// signed where the function's access wants that, and passes the reply on to the client, in one piece or as a stream at
// the client's pace.
//
//   waiting for the request -> calling -> replied
//                                      -> streaming -> ended
//
// Thread: the exchange's loop.
// Owner:  the exchange. Dropping it says that nobody waits: the call is taken back, or sees cancelled().
#pragma once

#include <chrono>
#include <cstddef>

#include "gateway/access/cors_reply.h"
#include "gateway/answer.h"
#include "gateway/header_hygiene.h"
#include "gateway/http/exchange.h"
#include "runtime/call/runtime.h"

namespace sojourn {

class FunctionCall final : public Responder, private Caller {
 public:
  struct What {
    RouteEntryPtr entry;
    const VersionPtr* version;  // in the entry
    const ChainPtr* chain;      // likewise; null: nothing but the version
    std::string_view path;      // inside the function; lives as long as the exchange
    std::string_view remote;    // the same
    std::string_view token;     // the name of the one that was shown; lives as long as the exchange
    Withheld withheld{};
    CorsReply cors;
    std::chrono::nanoseconds timeout{0};
  };

  FunctionCall(Worker& worker, Exchange& exchange, What what);

  void on_request(Exchange& exchange) override;
  void on_room(Exchange& exchange) override;

 private:
  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view chunk) override;
  void on_stream_end(const std::optional<Error>& broken) override;
  void give_room();
  Status check_signed(Exchange& exchange);

  What what_;
  Answer answer_;
  CallHandle call_;
  std::size_t owed_ = 0;  // bytes of the stream that the instance was given no new room for yet
};

}  // namespace sojourn
