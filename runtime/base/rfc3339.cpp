#include "runtime/base/rfc3339.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace sojourn {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMinuteMs = 60'000;

// Takes texts from the front; once one does not fit, nothing more does.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  int digit() {
    if (!next_is_digit()) return fail();
    const int value = left_.front() - '0';
    left_.remove_prefix(1);
    return value;
  }
  bool next_is_digit() const { return !left_.empty() && left_.front() >= '0' && left_.front() <= '9'; }
  // Which of these comes next; NUL and a failure when none does.
  char one_of(std::string_view choices) {
    if (left_.empty() || choices.find(left_.front()) == std::string_view::npos) return static_cast<char>(fail());
    const char taken = left_.front();
    left_.remove_prefix(1);
    return taken;
  }
  bool takes(char wanted) {
    if (left_.empty() || left_.front() != wanted) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool is_at_end() const { return fits_ && left_.empty(); }

 private:
  int fail() {
    fits_ = false;
    left_ = {};
    return 0;
  }

  std::string_view left_;
  bool fits_ = true;
};

// The first three digits of a fraction; the others are only looked at.
std::int64_t fraction_ms(Reader& reader) {
  if (!reader.takes('.')) return 0;
  std::int64_t ms = reader.digit() * 100;
  for (int weight = 10; reader.next_is_digit(); weight /= 10) ms += reader.digit() * weight;
  return ms;
}

// How far the clock of the place stands before UTC; nothing: no such offset.
std::optional<std::int64_t> offset_ms(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign != '+' && sign != '-') return 0;
  const int hours = reader.number(2);
  reader.one_of(":");
  const int minutes = reader.number(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (hours * 60 + minutes) * kMinuteMs * (sign == '-' ? -1 : 1);
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  reader.one_of("-");
  const auto month = static_cast<unsigned>(reader.number(2));
  reader.one_of("-");
  const auto day = static_cast<unsigned>(reader.number(2));
  reader.one_of("Tt ");
  const int hour = reader.number(2);
  reader.one_of(":");
  const int minute = reader.number(2);
  reader.one_of(":");
  const int second = reader.number(2);
  const std::int64_t ms = fraction_ms(reader);
  const auto offset = offset_ms(reader);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!reader.is_at_end() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const milliseconds day_start = std::chrono::sys_days(date).time_since_epoch();
  return day_start.count() + (hour * 60 + minute) * kMinuteMs + second * 1000 + ms - *offset;
}

std::string rfc3339_of_ms(std::int64_t since_1970_ms) {
  const std::chrono::sys_time<milliseconds> at{milliseconds(since_1970_ms)};
  const auto day_start = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day_start);
  const std::chrono::hh_mm_ss time(at - day_start);
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace sojourn
