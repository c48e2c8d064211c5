#include "runtime/event/timing/cron_fields.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <string>
#include <vector>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::size_t kScheduleMax = 256;  // bytes

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Macro {
  std::string_view name;
  std::string_view fields;
};
constexpr Macro kMacros[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
};

std::string quoted(std::string_view text) {
  return "`" + std::string(text) + "`";
}

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!digits || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The first of `bits` from `from` on.
std::optional<int> first_bit(std::uint64_t bits, int from) {
  if (from >= 64) return std::nullopt;
  bits &= ~std::uint64_t{0} << from;
  if (bits == 0) return std::nullopt;
  return std::countr_zero(bits);
}

}  // namespace

// Reads one field after the other.
class CronParser {
 public:
  struct Field {
    std::string_view name;
    int least;
    int most;
    const std::string_view* names = nullptr;  // of its values, from `least` on
    int names_count = 0;
  };

  static Result<std::uint64_t> read(const Field& field, std::string_view text) {
    std::uint64_t bits = 0;
    while (true) {
      const std::size_t comma = text.find(',');
      const auto part = read_part(field, text.substr(0, comma));
      if (!part.ok()) return part.error().at(field.name);
      bits |= *part;
      if (comma == std::string_view::npos) return bits;
      text.remove_prefix(comma + 1);
    }
  }

  static Result<CronFields> read_all(const std::vector<std::string_view>& words) {
    static constexpr Field kFields[] = {{"minute", 0, 59},
                                        {"hour", 0, 23},
                                        {"day of the month", 1, 31},
                                        {"month", 1, 12, kMonths, 12},
                                        {"weekday", 0, 7, kWeekdays, 7}};
    std::array<std::uint64_t, 5> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) {
      const auto read_bits = read(kFields[i], words[i]);
      if (!read_bits.ok()) return read_bits.error();
      bits[i] = *read_bits;
    }
    CronFields fields;
    fields.minutes_ = bits[0];
    fields.hours_ = static_cast<std::uint32_t>(bits[1]);
    fields.days_ = static_cast<std::uint32_t>(bits[2]);
    fields.months_ = static_cast<std::uint32_t>(bits[3]);
    fields.weekdays_ = static_cast<std::uint32_t>((bits[4] | bits[4] >> 7) & 0x7F);
    fields.any_hour_ = words[1].front() == '*';
    fields.any_day_ = words[2].front() == '*';
    fields.any_weekday_ = words[4].front() == '*';
    if (!fields.is_possible())
      return refused("no year has such a day: day of the month " + quoted(words[2]) + " in month " + quoted(words[3]));
    return fields;
  }

 private:
  static Result<int> read_value(const Field& field, std::string_view text) {
    const std::string name = lower_case(text);
    for (int i = 0; i < field.names_count; ++i) {
      if (name == field.names[i]) return field.least + i;
    }
    const auto value = number(text);
    if (!value) {
      return refused(quoted(text) + " is no number" +
                     (field.names == nullptr ? "" : " and no name such as " + quoted(field.names[1])));
    }
    if (*value < field.least || *value > field.most) {
      return refused(quoted(text) + " is not between " + std::to_string(field.least) + " and " +
                     std::to_string(field.most));
    }
    return *value;
  }

  static Result<std::uint64_t> read_part(const Field& field, std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view range = text.substr(0, slash);
    const std::size_t dash = range.find('-');
    int first = field.least;
    int last = field.most;
    if (range != "*") {
      const auto from = read_value(field, range.substr(0, dash));
      const auto to = dash == std::string_view::npos ? from : read_value(field, range.substr(dash + 1));
      if (!from.ok()) return from.error();
      if (!to.ok()) return to.error();
      first = *from;
      last = *to;
    }
    if (first > last) return refused("the range " + quoted(range) + " ends before it begins");
    int step = 1;
    if (slash != std::string_view::npos) {
      const auto value = number(text.substr(slash + 1));
      if (!value || *value < 1 || *value > field.most) {
        return refused("the step of " + quoted(text) + " is not between 1 and " + std::to_string(field.most));
      }
      if (range != "*" && dash == std::string_view::npos) {
        return refused("a step needs a range, as in " + quoted(std::string(range) + "-" + std::to_string(field.most) +
                                                               "/" + std::string(text.substr(slash + 1))));
      }
      step = *value;
    }
    std::uint64_t bits = 0;
    for (int value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
    return bits;
  }
};

Result<CronFields> CronFields::parse(std::string_view text) {
  if (text.size() > kScheduleMax)
    return refused("a schedule is at most " + std::to_string(kScheduleMax) + " bytes long");
  std::vector<std::string_view> words = words_of(text);
  const auto place = [&](const Error& error) { return error.at("schedule " + quoted(text)); };
  if (words.size() == 1 && words[0].front() == '@') {
    const std::string name = lower_case(words[0]);
    const auto macro =
        std::find_if(std::begin(kMacros), std::end(kMacros), [&](const Macro& one) { return one.name == name; });
    if (macro == std::end(kMacros)) {
      return place(refused("not one of @yearly, @monthly, @weekly, @daily, @hourly; or write five fields"));
    }
    words = words_of(macro->fields);
  }
  if (words.size() != 5) {
    return place(refused("has " + std::to_string(words.size()) +
                         " fields, not five: minute, hour, day of the month, month, weekday"));
  }
  auto fields = CronParser::read_all(words);
  if (!fields.ok()) return place(fields.error());
  return fields;
}

bool CronFields::is_possible() const {
  if (!any_weekday_) return true;  // every weekday comes in every month; and a day field of `*` with a step has the 1st
  constexpr int kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto earliest = first_bit(days_, 1);
  for (unsigned month = 1; month <= 12; ++month) {
    if (means_month(month) && earliest && *earliest <= kLongest[month - 1]) return true;
  }
  return false;
}

bool CronFields::means_day(std::chrono::sys_days day, unsigned of_month) const {
  const bool by_month = (days_ >> of_month & 1) != 0;
  const bool by_week = (weekdays_ >> std::chrono::weekday(day).c_encoding() & 1) != 0;
  return any_day_ || any_weekday_ ? by_month && by_week : by_month || by_week;
}

std::optional<int> CronFields::first_in_day(int minute_of_day) const {
  const int hour = minute_of_day / 60;
  if ((hours_ >> hour & 1) != 0) {
    if (const auto minute = first_bit(minutes_, minute_of_day % 60)) return hour * 60 + *minute;
  }
  const auto later = first_bit(hours_, hour + 1);
  if (!later) return std::nullopt;
  return *later * 60 + *first_bit(minutes_, 0);
}

std::optional<LocalMinute> CronFields::first(LocalMinute from, LocalMinute until) const {
  using namespace std::chrono;
  sys_days day(floor<days>(minutes(from)));
  int minute_of_day = static_cast<int>(from - day.time_since_epoch().count() * LocalMinute{kMinutesOfDay});
  while (day.time_since_epoch().count() * LocalMinute{kMinutesOfDay} < until) {
    const year_month_day date(day);
    if (!means_month(static_cast<unsigned>(date.month()))) {
      day = sys_days((date.year() / date.month() + months(1)) / 1);
    } else {
      if (means_day(day, static_cast<unsigned>(date.day()))) {
        if (const auto minute = first_in_day(minute_of_day)) {
          const LocalMinute found = day.time_since_epoch().count() * LocalMinute{kMinutesOfDay} + *minute;
          return found < until ? std::optional(found) : std::nullopt;
        }
      }
      day += days(1);
    }
    minute_of_day = 0;
  }
  return std::nullopt;
}

}  // namespace sojourn
