// Unit tests of functions, without a server: a call goes through the same edge as in a sandbox, to a host that
// lives in the test.
//
//   sojourn::test::Context context;
//   context.env_values["GREETING"] = "hi";
//   const auto reply = sojourn::test::call(hello, Request::get("/?name=Ada"), context);
//   CHECK(reply.status() == 200);
//   CHECK(context.logs.front().text == "greeting");
//
// `call` takes a function, a decorator (whose chain is context.inner), a handler, or an sj_entry for functions
// written in C. Errors come back as the caller would see them: an Error as its status and text, anything else as a
// 500; context.failure holds what was thrown. The same Context serves to call a C++ function directly, when a test
// wants the exception itself, and INIT or START functions.
//
// Thread:  one.
#pragma once

#include <string>
#include <utility>

#include <sojourn/edge.h>
#include <sojourn/entry.h>
#include <sojourn/test_host.h>

namespace sojourn {
inline namespace v1 {
namespace test {

class Context : public Host, public sojourn::Context {
 public:
  Context() noexcept : sojourn::Context(Host::table(), Host::handle()) {}
};

namespace detail {

// What the caller of a function sees of the call that the host has just seen.
inline Response outcome(Host& host, int code) {
  if (host.failure && host.failure->status != 0) {
    return Response::text(host.failure->message).status(host.failure->status);
  }
  if (host.failure || code != SJ_OK || !host.reply) return Response::text("the function failed\n").status(500);
  return *host.reply;
}

inline void forget_last_call(Host& host) {
  host.reply.reset();
  host.failure.reset();
  host.chunks.clear();
  host.answers = 0;
}

}  // namespace detail

template <class F>
Response call(F&& function, const Request& request, Context& context) {
  detail::forget_last_call(context);
  const sj_request raw = request.to_abi();
  const int code = sojourn::detail::run(function, Host::table(), context.handle(), raw);
  return detail::outcome(context, code);
}

inline Response call(const sj_entry& entry, const Request& request, Context& context) {
  detail::forget_last_call(context);
  const sj_request raw = request.to_abi();
  const int code = entry.invoke(&Host::table(), context.handle(), &raw);
  return detail::outcome(context, code);
}

template <class F>
Response call(F&& function, const Request& request) {
  Context context;
  return call(std::forward<F>(function), request, context);
}

}  // namespace test
}  // namespace v1
}  // namespace sojourn
