// Reading one cookie out of a Cookie field: pairs between ';', blanks around them left out, a value without the
// double quotes it may stand in, nothing decoded.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sojourn {
inline namespace v1 {
namespace detail {

inline std::string_view without_blanks(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

inline std::string_view without_quotes(std::string_view text) noexcept {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

inline std::optional<std::string_view> cookie_in(std::string_view field, std::string_view name) noexcept {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = without_blanks(field.substr(0, end));
    field = end == std::string_view::npos ? std::string_view{} : field.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || without_blanks(pair.substr(0, equals)) != name) continue;
    return without_quotes(without_blanks(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
