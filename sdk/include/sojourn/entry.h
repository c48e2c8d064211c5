// The macros that make functions of an object callable: each exports an sj_entry and writes the note by which the
// object describes itself. Any number of them may stand in one object.
//
//   SOJOURN_FUNCTION(hello)                       Response hello(const Request&, Context&)
//   SOJOURN_FUNCTION_NAMED(count, "word-count")   the same, deployed under another name
//   SOJOURN_DECORATOR(timed)                      Response timed(const Request&, Next&, Context&)
//   SOJOURN_HANDLER(on_user)                      void, CloudEvent or optional<CloudEvent> on_user(const CloudEvent&,
//   Context&)
//
// REQUIRES:  at namespace scope, in the namespace of the function, and not in an unnamed one. Functions of one
//            object have different identifiers. In a default name '_' is read as '-'.
#pragma once

#include <sojourn/abi.h>
#include <sojourn/edge.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

template <auto kFunction>
int invoke_function(const sj_host* host, sj_call* call, const sj_request* request) noexcept {
  static_assert(Function<decltype(kFunction)>,
                "SOJOURN_FUNCTION: the function is Response f(const Request&, Context&)");
  return run(kFunction, *host, call, *request);
}

template <auto kFunction>
int invoke_decorator(const sj_host* host, sj_call* call, const sj_request* request) noexcept {
  static_assert(Decorator<decltype(kFunction)>,
                "SOJOURN_DECORATOR: the function is Response f(const Request&, Next&, Context&)");
  return run(kFunction, *host, call, *request);
}

template <auto kFunction>
int invoke_handler(const sj_host* host, sj_call* call, const sj_request* request) noexcept {
  static_assert(Handler<decltype(kFunction)>, "SOJOURN_HANDLER: the function takes (const CloudEvent&, Context&)");
  return run(kFunction, *host, call, *request);
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn

#define SOJOURN_ENTRY(function, kind, kind_name, name, invoke)                                                   \
  SJ_NOTE(function,                                                                                              \
          "abi=" SJ_ABI_MAJOR_TEXT "\nkind=" kind_name "\nname=" name "\nsymbol=sojourn_entry_" #function "\n"); \
  extern "C" SJ_EXPORT const sj_entry sojourn_entry_##function;                                                  \
  const sj_entry sojourn_entry_##function = {sizeof(sj_entry), SJ_ABI_MAJOR, kind,                               \
                                             &::sojourn::detail::invoke<&function>};

#define SOJOURN_FUNCTION(function) SOJOURN_FUNCTION_NAMED(function, #function)
#define SOJOURN_FUNCTION_NAMED(function, name) SOJOURN_ENTRY(function, SJ_FUNCTION, "function", name, invoke_function)
#define SOJOURN_DECORATOR(function) SOJOURN_ENTRY(function, SJ_DECORATOR, "decorator", #function, invoke_decorator)
#define SOJOURN_HANDLER(function) SOJOURN_ENTRY(function, SJ_HANDLER, "handler", #function, invoke_handler)
