// Percent-encoding and query strings, as browsers and the URL standard read them: pairs between '&', a name
// before the first '=', '+' for a space in queries, and an escape that is none stays as it is written.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn {
inline namespace v1 {
namespace detail {

enum class Plus {
  kLiteral,  // in a path
  kSpace,    // in a query
};

constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline std::string percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(c == '+' && plus == Plus::kSpace ? ' ' : c);
    }
  }
  return out;
}

inline bool decodes_to(std::string_view raw, std::string_view wanted) {
  if (raw == wanted) return raw.find_first_of("%+") == std::string_view::npos;
  return raw.find_first_of("%+") != std::string_view::npos && percent_decode(raw, Plus::kSpace) == wanted;
}

// Calls visit(name, value), both still encoded, for each pair until it returns false.
template <class Visit>
void each_query_pair(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (!visit(pair.substr(0, equals), value)) return;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
