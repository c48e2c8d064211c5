// The edge between the host and an author's function: it turns what the host passes into values, the function's
// result into exactly one answer, and whatever is thrown into a failure. Nothing unwinds past it.
//
// Thread:  the thread that the call entered on.
#pragma once

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/cloud_event.h>
#include <sojourn/context.h>
#include <sojourn/error.h>
#include <sojourn/next.h>
#include <sojourn/request.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

// The readable name of the exception being handled; the mangled one when memory is short.
class TypeName {
 public:
  explicit TypeName(const std::type_info* type) noexcept : mangled_(type != nullptr ? type->name() : "unknown") {
    int status = 0;
    if (type != nullptr) readable_ = abi::__cxa_demangle(mangled_, nullptr, nullptr, &status);
  }
  TypeName(const TypeName&) = delete;
  TypeName& operator=(const TypeName&) = delete;
  ~TypeName() { std::free(readable_); }
  std::string_view view() const noexcept { return readable_ != nullptr ? readable_ : mangled_; }

 private:
  const char* mangled_;
  char* readable_ = nullptr;
};

// A failure of status 0: for the log only, the caller sees a generic 500.
inline int fault(const sj_host& host, sj_call* call, std::string_view type, std::string_view message) noexcept {
  const sj_failure failure{sizeof(sj_failure), 0, 0, 0, to_bytes(type), to_bytes(message)};
  return host.fail(call, &failure);
}

inline int fail_with(const sj_host& host, sj_call* call, const Error& error, unsigned flags,
                     std::int64_t retry_ms) noexcept {
  const TypeName type(&typeid(error));
  if (error.status() < 400 || error.status() > 599) {
    return fault(host, call, type.view(), "an Error was thrown whose status is not in 400 to 599");
  }
  const sj_failure failure{sizeof(sj_failure), error.status(),        flags,
                           retry_ms,           to_bytes(type.view()), to_bytes(error.what())};
  return host.fail(call, &failure);
}

// Reports the exception being handled. REQUIRES: called inside a catch clause.
[[gnu::cold, gnu::noinline]] inline int fail_with_current_exception(const sj_host& host, sj_call* call) noexcept {
  try {
    throw;
  } catch (const RetryAfter& error) {
    return fail_with(host, call, error, SJ_FAIL_RETRY_AFTER, error.wait().count());
  } catch (const Permanent& error) {
    return fail_with(host, call, error, SJ_FAIL_PERMANENT, 0);
  } catch (const Error& error) {
    return fail_with(host, call, error, 0, 0);
  } catch (const std::exception& error) {
    return fault(host, call, TypeName(&typeid(error)).view(), error.what());
  } catch (...) {
    return fault(host, call, TypeName(abi::__cxa_current_exception_type()).view(), {});
  }
}

// How a reply that a function returned goes out.
struct Outgoing {
  // One that the host does not take becomes a fault.
  static int answer(const sj_host& host, sj_call* call, const Response& reply, const Context& context) {
    if (reply.where_ == Response::Body::kSent) return SJ_OK;
    if (reply.where_ == Response::Body::kFollows) return pass_on(host, call, reply, context);
    const sj_response raw = reply.to_abi();
    const int code = host.reply(call, &raw);
    if (code == SJ_OK) return code;
    fault(host, call, "sojourn::Response", std::string("reply: ").append(reason_of(code)));
    return code;
  }

 private:
  // The body of an inner link's streamed reply, piece by piece.
  static int pass_on(const sj_host& host, sj_call* call, const Response& reply, const Context& context) {
    if (reply.turn_ != context.turn_) {
      fault(host, call, "sojourn::Response", "the stream of this reply was given up by a later next or call");
      return SJ_EINVAL;
    }
    const sj_response head = reply.to_abi();
    int code = host.begin(call, &head);
    sj_bytes chunk{};
    while (code == SJ_OK) {
      const int read = read_inner(host, call, chunk);
      if (read == SJ_OK) return host.end(call, {nullptr, 0});
      code = read == 1 ? host.write(call, chunk) : read;
    }
    if (code == SJ_EGONE) return host.end(call, {nullptr, 0});
    fault(host, call, "sojourn::Response", std::string("the inner stream: ").append(reason_of(code)));
    return code;
  }
};

// The shapes that a function, a decorator and a handler may have.
template <class F>
concept Function = std::is_invocable_r_v<Response, F&, const Request&, Context&>;
template <class F>
concept Decorator = std::is_invocable_r_v<Response, F&, const Request&, Next&, Context&>;
template <class F>
concept Handler = std::is_invocable_v<F&, const CloudEvent&, Context&>;

template <Handler F>
Response handle(F&& handler, const CloudEvent& event, Context& context) {
  using Result = std::invoke_result_t<F&, const CloudEvent&, Context&>;
  if constexpr (std::is_void_v<Result>) {
    handler(event, context);
    return Response::empty(200);  // the input goes on
  } else if constexpr (std::is_same_v<Result, CloudEvent>) {
    return reply_of(handler(event, context));
  } else {
    static_assert(std::is_same_v<Result, std::optional<CloudEvent>>,
                  "SOJOURN_HANDLER: the function returns void, CloudEvent or std::optional<CloudEvent>");
    const std::optional<CloudEvent> event_out = handler(event, context);
    if (event_out) return reply_of(*event_out);
    return Response::empty().header(SJ_FILTERED_HEADER, "1");  // the branch ends here
  }
}

// One call of any of the three kinds. Never throws.
template <class F>
int run(F&& function, const sj_host& host, sj_call* call, const sj_request& raw) noexcept {
  try {
    const Request request = Request::borrow(raw);
    Context context(host, call);
    if constexpr (Function<F>) {
      return Outgoing::answer(host, call, function(request, context), context);
    } else if constexpr (Decorator<F>) {
      Next next(host, call, context);
      return Outgoing::answer(host, call, function(request, next, context), context);
    } else {
      return Outgoing::answer(host, call, handle(function, event_from(request), context), context);
    }
  } catch (...) {
    return fail_with_current_exception(host, call);
  }
}

class EdgeStartContext : public StartContext {
 public:
  using StartContext::StartContext;
};

// One INIT or START: not SJ_OK when it threw. Never throws.
template <class F>
int run_start(F&& function, const sj_host& host, sj_call* call) noexcept {
  try {
    EdgeStartContext context(host, call);
    function(context);
    return SJ_OK;
  } catch (...) {
    fail_with_current_exception(host, call);
    return SJ_EINVAL;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
