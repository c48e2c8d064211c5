// JSON for those who want it. The SDK names nlohmann's types without including them: a function that uses
// json() includes <nlohmann/json.hpp> itself, one that does not pays nothing.
//
// Limit:   64 levels of nesting, counted before the parser sees the text.
// Errors:  Error 400 when a text is not JSON or is nested deeper.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sojourn/error.h>

#if __has_include(<nlohmann/json_fwd.hpp>)
#include <nlohmann/json_fwd.hpp>
#endif

namespace sojourn {
inline namespace v1 {

inline constexpr std::size_t kJsonDepthMax = 64;

namespace detail {

#if __has_include(<nlohmann/json_fwd.hpp>)
using DefaultJson = nlohmann::json;
#else
struct DefaultJson;
#endif

// How deep arrays and objects stand in each other; brackets inside strings do not count.
inline std::size_t json_depth(std::string_view text) noexcept {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = ++depth > deepest ? depth : deepest;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// Parses `text`; `what` names it in the error.
template <class Json>
Json parse_json(std::string_view text, const char* what) {
  static_assert(
      requires { Json::parse(text.begin(), text.end()); },
      "json() needs the JSON library: put #include <nlohmann/json.hpp> into this file");
  if (json_depth(text) > kJsonDepthMax) {
    throw Error(400, std::string(what) + " is JSON nested deeper than the limit of " + std::to_string(kJsonDepthMax) +
                         " levels");
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const typename Json::parse_error& error) {
    throw Error(400, std::string(what) + " is not JSON: it goes wrong at byte " + std::to_string(error.byte));
  }
}

template <class T>
concept JsonValue = requires(const T& value) {
  value.dump();
};

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
