#include "runtime/event/timing/retry_schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sojourn {
namespace {

using std::chrono::milliseconds;

double grown(const RetryPolicy& policy, int attempt) {
  const auto initial = static_cast<double>(policy.initial.count());
  switch (policy.backoff) {
    case BackoffKind::kConstant:
      return initial;
    case BackoffKind::kLinear:
      return initial * attempt;
    case BackoffKind::kExponential:
      return initial * std::pow(policy.factor, attempt - 1);
  }
  return initial;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT": the one form that senders may use.
std::optional<std::int64_t> read_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4)), hour = number(text.substr(17, 2)),
             minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return milliseconds(days + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second))
      .count();
}

}  // namespace

milliseconds retry_wait(const RetryPolicy& policy, int attempt, double random) {
  const auto most = static_cast<double>(policy.max.count());
  const double wait = std::clamp(grown(policy, std::max(attempt, 1)), 0.0, most);
  switch (policy.jitter) {
    case Jitter::kNone:
      return milliseconds(std::llround(wait));
    case Jitter::kFull:
      return milliseconds(std::llround(wait * random));
    case Jitter::kEqual:
      return milliseconds(std::llround(wait / 2 + wait / 2 * random));
  }
  return milliseconds(std::llround(wait));
}

milliseconds retry_wait(const RetryPolicy& policy, int attempt, double random, std::optional<milliseconds> asked) {
  if (!asked) return retry_wait(policy, attempt, random);
  return std::clamp(*asked, milliseconds(0), kRetryAfterMax);
}

std::optional<milliseconds> read_retry_after(std::string_view value, std::int64_t now_ms) {
  const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number) {
    const auto seconds = number(value);
    return seconds ? milliseconds(std::chrono::seconds(*seconds)) : kRetryAfterMax;  // more than fits
  }
  const std::optional<std::int64_t> date = read_http_date(value);
  if (!date) return std::nullopt;
  return milliseconds(std::max<std::int64_t>(*date - now_ms, 0));
}

}  // namespace sojourn
