// What came of a request to the next link or to another function, as a Response: its reply, or one that stands for the
// failure. This table is the only place where the ABI's codes become replies:
//
//   code             status  x-sojourn-error   when
//   SJ_OK            its own                   it answered; a platform failure inside is a reply as clients get it
//   SJ_ETIME         504     deadline          the one deadline of the whole chain has passed
//   SJ_EBUSY         503     no_capacity       all of its instances wait for something themselves
//   SJ_ELOOP         508     loop_detected     it waits for this very call, or calls are nested too deep
//   SJ_ELIMIT        413     body_too_large    the request is larger than it takes, or its reply than memory holds
//   SJ_EUNAVAILABLE  501     not_available     nothing is inside on this host
//   any other        502     link_failed       it died, the client has left, HTTP does not allow the request ...
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>

#include <sojourn/abi.h>
#include <sojourn/error.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

struct InnerFailure {
  int status;
  std::string_view code;
};

inline InnerFailure inner_failure(int code) noexcept {
  switch (code) {
    case SJ_ETIME:
      return {504, "deadline"};
    case SJ_EBUSY:
      return {503, "no_capacity"};
    case SJ_ELOOP:
      return {508, "loop_detected"};
    case SJ_ELIMIT:
      return {413, "body_too_large"};
    case SJ_EUNAVAILABLE:
      return {501, "not_available"};
    default:
      return {502, "link_failed"};
  }
}

// `whom` is who was asked; `turn` counts the results of this call, so that a stream is told from those before it.
inline Response inner_reply(int code, const sj_response* reply, std::string_view whom, unsigned long& turn) {
  ++turn;
  if (code == SJ_OK && reply != nullptr) return Response::copy_of(*reply, turn);
  const InnerFailure failure = inner_failure(code);
  std::string text(whom);
  text.append(": ").append(reason_of(code)).append("\n");
  return Response::text(std::move(text)).status(failure.status).header("x-sojourn-error", failure.code);
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
