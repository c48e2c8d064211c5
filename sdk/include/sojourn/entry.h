// The macros that make functions of an object callable: each exports an sj_entry and writes the note by which the
// object describes itself. Any number of them may stand in one object.
//
//   SOJOURN_FUNCTION(hello)                       Response hello(const Request&, Context&)
//   SOJOURN_FUNCTION_NAMED(count, "word-count")   the same, deployed under another name
//   SOJOURN_DECORATOR(timed)                      Response timed(const Request&, Next&, Context&)
//   SOJOURN_HANDLER(on_user)                      void, CloudEvent or optional<CloudEvent> on_user(const CloudEvent&,
//   Context&)
//
// SOJOURN_WITH says what its configuration, the `with:` of a manifest, may look like: a JSON Schema in the subset of
// <sojourn/schema.h>. A deploy whose `with:` does not fit is refused with the place of what is wrong, and what has a
// default is filled in before the function sees it. Once per entry, after the macro that makes it:
//
//   SOJOURN_WITH(limited, R"({"type": "object", "required": ["perSecond"], "additionalProperties": false,
//                             "properties": {"perSecond": {"type": "number", "minimum": 0}}})")
//
// REQUIRES:  at namespace scope, in the namespace of the function, and not in an unnamed one. Functions of one
//            object have different identifiers. In a default name '_' is read as '-'.
#pragma once

#include <cstddef>
#include <string_view>

#include <sojourn/abi.h>
#include <sojourn/edge.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

// No more than a typing mistake's worth: the loader reads it whole.
constexpr bool looks_like_schema(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  return first != std::string_view::npos && text[first] == '{' && text[text.find_last_not_of(kSpaces)] == '}';
}

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

// A note of its own, which the loader puts together with the one of the same symbol.
#define SOJOURN_WITH(function, schema)                                                                       \
  static_assert(::sojourn::detail::looks_like_schema(schema), "SOJOURN_WITH: the schema is a JSON mapping"); \
  SJ_NOTE(with_of_##function, "abi=" SJ_ABI_MAJOR_TEXT "\nsymbol=sojourn_entry_" #function "\nwith=" schema "\n");

#define SOJOURN_FUNCTION(function) SOJOURN_FUNCTION_NAMED(function, #function)
#define SOJOURN_FUNCTION_NAMED(function, name) SOJOURN_ENTRY(function, SJ_FUNCTION, "function", name, invoke_function)
#define SOJOURN_DECORATOR(function) SOJOURN_ENTRY(function, SJ_DECORATOR, "decorator", #function, invoke_decorator)
#define SOJOURN_HANDLER(function) SOJOURN_ENTRY(function, SJ_HANDLER, "handler", #function, invoke_handler)
