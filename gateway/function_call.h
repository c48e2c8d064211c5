// A FunctionCall is one HTTP request's conversation with a function: it starts the call when the request is whole, and
// signed where the function's access wants that, and has the reply passed on to the client (reply_passage.h).
//
//   waiting for the request -> calling -> replied
//                                      -> streaming -> ended
//
// Thread: the exchange's loop.
// Owner:  the exchange. Dropping it says that nobody waits: the call is taken back, or sees cancelled().
#pragma once

#include <chrono>
#include <memory>

#include "gateway/access/cors_reply.h"
#include "gateway/answer.h"
#include "gateway/events/followed_passage.h"
#include "gateway/header_hygiene.h"
#include "gateway/http/exchange.h"
#include "gateway/reply_passage.h"
#include "runtime/call/runtime.h"

namespace sojourn {

class FunctionCall final : public Responder {
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

  // By the whole request, where the function's access is a signature. False: the answer says that it is not genuine.
  static bool is_genuine(Answer& answer, const What& what);

 private:
  Caller& caller();

  What what_;
  Answer answer_;
  ReplyPassage passage_;
  std::unique_ptr<FollowedPassage> followed_;  // where somebody follows the function
};

}  // namespace sojourn
