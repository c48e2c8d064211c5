#include "loader/single_quoted.h"

#include <algorithm>

namespace sojourn {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_break(char c) {
  return c == '\n' || c == '\r';
}

// Passes over white space and line breaks from the first break on, and says what they fold to.
std::string fold(std::string_view text, std::size_t& at) {
  std::size_t breaks = 0;
  for (; at < text.size() && (is_blank(text[at]) || is_break(text[at])); ++at) {
    const bool first_of_pair = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    if (is_break(text[at]) && !first_of_pair) ++breaks;
  }
  return breaks == 1 ? " " : std::string(breaks - 1, '\n');
}

}  // namespace

std::string single_quoted_text(std::string_view between_marks) {
  std::string text;
  text.reserve(between_marks.size());
  std::size_t kept = 0;  // white space behind it may stand before a line break
  for (std::size_t at = 0; at < between_marks.size();) {
    const char c = between_marks[at];
    if (is_break(c)) {
      text.resize(kept);
      text += fold(between_marks, at);
      kept = text.size();
      continue;
    }
    text += c;
    at += c == '\'' ? 2 : 1;
    if (!is_blank(c)) kept = text.size();
  }
  return text;
}

}  // namespace sojourn
