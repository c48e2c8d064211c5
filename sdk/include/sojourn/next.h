// Next is a decorator's way inwards: calling it runs the rest of the chain on a request and gives the reply.
// It may be called more than once, with the same request or another.
//
// Errors:    none are thrown: an inner link that fails comes back as a 502 or 504 Response.
// Lifetime:  one call of the decorator.
// Thread:    the thread that the call entered on.
#pragma once

#include <sojourn/abi.h>
#include <sojourn/context.h>
#include <sojourn/request.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {

class Next {
 public:
  Next(const sj_host& host, sj_call* call) noexcept : host_(&host), call_(call) {}
  Next(const Next&) = delete;
  Next& operator=(const Next&) = delete;

  Response operator()(const Request& request) {
    const sj_request raw = request.to_abi();
    const sj_response* reply = nullptr;
    const int code = host_->next(call_, &raw, &reply);
    return detail::reply_or_failure(code, reply, "next");
  }

 private:
  const sj_host* host_;
  sj_call* call_;
};

}  // namespace v1
}  // namespace sojourn
