// The CronFields are the five fields of a schedule, as sets: which minutes, hours, days, months and weekdays it means.
// They know the calendar and nothing of time zones.
//
//   minute 0-59, hour 0-23, day of the month 1-31, month 1-12 or jan-dec, weekday 0-7 or sun-sat (0 and 7 are Sunday)
//   each: `*`, a value, a range `a-b`, with a step `*/n` and `a-b/n`; or several of these with commas
//   @yearly @annually @monthly @weekly @daily @midnight @hourly
//
// Day and weekday are joined as Vixie's cron does it, crontab(5): when both are restricted a day that fits either is
// meant; when one of them begins with `*` it has to fit both.
//
// Thread: any; a value that nothing changes.
// Errors: kRefused: what cannot be read, or means a day that no year has, such as the 30th of February.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

using LocalMinute = std::int64_t;  // minutes since 1970-01-01 00:00 of some local time

class CronFields {
 public:
  static Result<CronFields> parse(std::string_view text);

  // The first minute that is meant, at or after `from` and before `until`. Looks at days, never at minutes: a few
  // thousand steps where years lie in between.
  std::optional<LocalMinute> first(LocalMinute from, LocalMinute until) const;
  // The hour field begins with `*`: the schedule means each hour as it comes, and no time of the day.
  bool is_hourly() const { return any_hour_; }

 private:
  friend class CronParser;

  bool means_month(unsigned month) const { return (months_ >> month & 1) != 0; }
  bool means_day(std::chrono::sys_days day, unsigned of_month) const;
  bool is_possible() const;
  std::optional<int> first_in_day(int minute_of_day) const;

  std::uint64_t minutes_ = 0;  // bit n: n is meant
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint32_t months_ = 0;
  std::uint32_t weekdays_ = 0;
  bool any_hour_ = false;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace sojourn
