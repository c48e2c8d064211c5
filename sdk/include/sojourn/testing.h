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
// written in C. `handle` brings an event to a handler, or to any function that a step calls, and says what became of
// it:
//
//   const auto handled = sojourn::test::handle(on_order, event, context);
//   CHECK(handled.next->data == "...");
//   CHECK(context.emitted.front().type == "com.example.order.priced");
//
// Errors come back as the caller would see them: an Error as its status and text, anything else as a
// 500; context.failure holds what was thrown. The same Context serves to call a C++ function directly, when a test
// wants the exception itself, and INIT or START functions.
//
// Thread:  one.
#pragma once

#include <optional>
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

// What became of an event, as the steps of a pipeline have it.
struct Handled {
  int status = 0;                  // of the reply
  bool filtered = false;           // the branch ends here
  std::optional<CloudEvent> next;  // what the following step gets; nothing when filtered, or when the call failed
};

namespace detail {

template <class F>
Handled handle(F& target, const CloudEvent& event, Context& context) {
  const Response reply = call(target, sojourn::detail::request_of(event), context);
  Handled handled;
  handled.status = reply.status();
  handled.filtered = reply.header(SJ_FILTERED_HEADER).has_value();
  if (reply.status() / 100 != 2 || handled.filtered) return handled;
  const std::string content_type = reply.header("content-type").value_or("");
  if (reply.header("ce-type")) {
    handled.next = sojourn::detail::binary_event(reply.headers(), content_type, reply.body());
  } else {
    handled.next = event;
    if (reply.body().empty()) return handled;
    handled.next->data = reply.body();
    handled.next->content_type = content_type;
  }
  return handled;
}

}  // namespace detail

template <class F>
Handled handle(F&& handler, const CloudEvent& event, Context& context) {
  return detail::handle(handler, event, context);
}
template <class F>
Handled handle(F&& handler, const CloudEvent& event) {
  Context context;
  return detail::handle(handler, event, context);
}

}  // namespace test
}  // namespace v1
}  // namespace sojourn
