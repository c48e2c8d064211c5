// Which bodies are JSON, and where in one a JSON Pointer leads; shared by the functions of this folder.
//
// Thread: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sojourn/json.h>

namespace built_in {

using Json = nlohmann::ordered_json;  // keeps the members in the order they were sent

// `application/json`, `application/problem+json` and the like, whatever parameters follow.
inline bool is_json_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  std::string lower(type);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower == "application/json" || lower == "text/json" || std::string_view(lower).ends_with("+json");
}

template <class Message>
bool is_json(const Message& message) {
  const auto type = message.header("content-type");
  return type && is_json_type(*type);
}

// The text as JSON; is_discarded() when it is none, or is nested deeper than the SDK's limit.
inline Json parse_or_discard(std::string_view text) {
  if (sojourn::detail::json_depth(text) > sojourn::kJsonDepthMax) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

// Whether the bytes can stand in a JSON string.
inline bool is_utf8(std::string_view bytes) {
  try {
    (void)Json(std::string(bytes)).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// The segments of a JSON Pointer (RFC 6901), `~0` and `~1` resolved; nothing when it is no pointer.
inline std::optional<std::vector<std::string>> pointer_segments(std::string_view pointer) {
  std::vector<std::string> segments;
  if (pointer.empty()) return segments;
  if (pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      segments.emplace_back();
    } else if (c != '~') {
      segments.back().push_back(c);
    } else if (++i < pointer.size() && (pointer[i] == '0' || pointer[i] == '1')) {
      segments.back().push_back(pointer[i] == '0' ? '~' : '/');
    } else {
      return std::nullopt;
    }
  }
  return segments;
}

}  // namespace built_in
