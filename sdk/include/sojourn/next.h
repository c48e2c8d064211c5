// Next is a decorator's way inwards: calling it runs the rest of the chain on a request and gives the reply.
// It may be called more than once, with the same request or another, or not at all.
//
//   Response timed(const Request& request, Next& next, Context&) {
//     return next(Request(request).header("x-seen", "1")).header("x-timed", "yes");
//   }
//
// Streams:   an inner reply that is a stream comes as soon as its head is here: streamed() is true and body() is
//            empty. Returned, with its head changed or not, its body flows through without the decorator. To look at or
//            change the pieces, open a stream of one's own and read:
//
//              Response reply = next(request);
//              if (!reply.streamed()) return reply;
//              Stream out = context.stream(reply);
//              while (const auto piece = next.read()) out.write(*piece);
//              out.write("-- end --\n");
//              return out.end();
//
//            What is not read is given up by the next call of next or context.call, or by another answer.
// Errors:    calling it throws nothing: an inner link that fails comes back as a Response (inner_reply.h has the
//            table). read() throws Error 502 when the inner reply breaks off, 504 past the deadline.
// Lifetime:  one call of the decorator. A piece that read() gave lives until the following read().
// Thread:    the thread that the call entered on.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/context.h>
#include <sojourn/error.h>
#include <sojourn/inner_reply.h>
#include <sojourn/request.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

// sj_host.read, also on a host that is older than it.
inline int read_inner(const sj_host& host, sj_call* call, sj_bytes& chunk) noexcept {
  if (host.size < offsetof(sj_host, read) + sizeof host.read) return SJ_EUNAVAILABLE;
  return host.read(call, &chunk);
}

}  // namespace detail

class Next {
 public:
  // REQUIRES: the context of the same call, which outlives it.
  Next(const sj_host& host, sj_call* call, Context& context) noexcept
      : host_(&host), call_(call), turn_(&context.turn_) {}
  Next(const Next&) = delete;
  Next& operator=(const Next&) = delete;

  Response operator()(const Request& request) {
    const sj_request raw = request.to_abi();
    const sj_response* reply = nullptr;
    const int code = host_->next(call_, &raw, &reply);
    return detail::inner_reply(code, reply, "next", *turn_);
  }

  // The next piece of the streamed reply that next() or context.call() gave last; nullopt when it is complete.
  std::optional<std::string_view> read() {
    sj_bytes chunk{};
    const int code = detail::read_inner(*host_, call_, chunk);
    if (code == 1) return detail::to_view(chunk);
    if (code == SJ_OK) return std::nullopt;
    if (code == SJ_EDIED) throw Error(502, "the inner reply broke off");
    detail::refuse(code, "read");
  }

 private:
  const sj_host* host_;
  sj_call* call_;
  unsigned long* turn_;
};

}  // namespace v1
}  // namespace sojourn
