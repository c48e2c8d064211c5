#include "loader/names.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool looks_like_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

// Which rule `text` breaks, or empty.
std::string_view broken_rule(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kNameLengthMax) return "is longer than 63 characters";
  if (!is_letter(text.front())) return "must begin with a letter a-z";
  if (text.back() == '-') return "must not end with a dash";
  const bool clean =
      std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
  if (!clean) return "may hold only a-z, 0-9 and dashes";
  if (looks_like_uuid(text)) return "looks like a UUID, which is kept for call ids";
  return {};
}

// Levenshtein's distance with neighbours swapped counting one; rows of the table kept at a time: three.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::vector<std::size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({change, row[j] + 1, next[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

bool is_name(std::string_view text) {
  return broken_rule(text).empty();
}

Status check_name(std::string_view what, std::string_view text) {
  const std::string_view rule = broken_rule(text);
  if (rule.empty()) return {};
  std::string message(what);
  message += " name `";
  message += text.substr(0, 2 * kNameLengthMax);
  message += "` ";
  message += rule;
  return Error(ErrorCode::kRefused, std::move(message));
}

std::string name_from_identifier(std::string_view identifier) {
  std::string name(identifier);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kWordMax = 64;  // longer ones are not typing mistakes, and the table is quadratic
  if (word.size() > kWordMax) return {};
  const std::string typed = lower_case(word);
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kWordMax) continue;
    const std::size_t edits = distance(typed, lower_case(candidate));
    if (edits < best_distance) {
      best = candidate;
      best_distance = edits;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view guess = nearest(word, candidates);
  if (guess.empty()) return {};
  return ", did you mean `" + std::string(guess) + "`?";
}

}  // namespace sojourn
