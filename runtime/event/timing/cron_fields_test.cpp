#include "runtime/event/timing/cron_fields.h"

#include <cstdio>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace sojourn {
namespace {

using namespace std::chrono;

LocalMinute minute_of(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const auto days_since =
      sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)).time_since_epoch().count();
  return days_since * LocalMinute{1440} + hour * 60 + minute;
}

// "2026-02-28 09:30" of the first time after `from`.
std::string after(std::string_view schedule, LocalMinute from) {
  const auto fields = CronFields::parse(schedule);
  REQUIRE_MESSAGE(fields.ok(), fields.error().text());
  const auto found = fields->first(from, from + LocalMinute{1440} * 366 * 41);
  if (!found) return "never";
  const sys_days day = floor<days>(sys_time<minutes>(minutes(*found)));
  const year_month_day date(day);
  const auto of_day = *found - day.time_since_epoch().count() * LocalMinute{1440};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(of_day / 60),
                static_cast<int>(of_day % 60));
  return text;
}

std::string refusal(std::string_view schedule) {
  const auto fields = CronFields::parse(schedule);
  return fields.ok() ? "" : fields.error().text();
}

}  // namespace

TEST_CASE("cron fields: lists, ranges, steps, names and the short forms") {
  const LocalMinute from = minute_of(2026, 11, 22, 10, 7);  // a Sunday
  const std::pair<const char*, const char*> cases[] = {
      {"* * * * *", "2026-11-22 10:07"},
      {"*/15 * * * *", "2026-11-22 10:15"},
      {"5,10,50-55 * * * *", "2026-11-22 10:10"},
      {"10-40/7 * * * *", "2026-11-22 10:10"},
      {"0 9 * * *", "2026-11-23 09:00"},
      {"0 9 * * mon-fri", "2026-11-23 09:00"},
      {"0 9 * * MON,Wed", "2026-11-23 09:00"},
      {"30 8 * * 7", "2026-11-29 08:30"},
      {"30 8 * * 0", "2026-11-29 08:30"},
      {"30 8 * * 5-7", "2026-11-27 08:30"},
      {"0 0 1 jan *", "2027-01-01 00:00"},
      {"0 0 1 feb-apr/2 *", "2027-02-01 00:00"},
      {"0 0 29 2 *", "2028-02-29 00:00"},
      {"0 0 31 * *", "2026-12-31 00:00"},
      {"  0\t9  * * * ", "2026-11-23 09:00"},
      {"@hourly", "2026-11-22 11:00"},
      {"@daily", "2026-11-23 00:00"},
      {"@midnight", "2026-11-23 00:00"},
      {"@weekly", "2026-11-29 00:00"},
      {"@monthly", "2026-12-01 00:00"},
      {"@yearly", "2027-01-01 00:00"},
      {"@ANNUALLY", "2027-01-01 00:00"},
      {"0 0 29 2 */7", "2032-02-29 00:00"},
  };
  for (const auto& one : cases) {
    INFO(one.first);
    CHECK(after(one.first, from) == one.second);
  }
}

TEST_CASE("cron fields: a day and a weekday mean either, but both where one of them begins with a star") {
  const LocalMinute from = minute_of(2026, 11, 1);
  CHECK(after("0 0 13 * fri", from) == "2026-11-06 00:00");
  CHECK(after("0 0 13 * fri", minute_of(2026, 11, 7)) == "2026-11-13 00:00");
  CHECK(after("0 0 13 * mon", minute_of(2026, 11, 10)) == "2026-11-13 00:00");
  CHECK(after("0 0 */2 * mon", from) == "2026-11-09 00:00");                  // an odd day that is a Monday
  CHECK(after("0 0 13 * */5", from) == "2026-11-13 00:00");                   // Sunday or Friday
  CHECK(after("0 0 30 2 fri", minute_of(2026, 3, 1)) == "2027-02-05 00:00");  // either: the Fridays are possible
}

TEST_CASE("cron fields: what cannot be read is refused with the field and the reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "0 fields"},
      {"* * * *", "4 fields"},
      {"0 * * * * *", "6 fields"},
      {"60 * * * *", "minute: `60` is not between 0 and 59"},
      {"* 24 * * *", "hour: `24` is not between 0 and 23"},
      {"* * 0 * *", "day of the month: `0` is not between 1 and 31"},
      {"* * * 13 *", "month: `13` is not between 1 and 12"},
      {"* * * foo *", "month: `foo` is no number and no name"},
      {"* * * * 8", "weekday: `8` is not between 0 and 7"},
      {"* * * * fri-mon", "ends before it begins"},
      {"*/0 * * * *", "step of `*/0`"},
      {"*/60 * * * *", "step of `*/60`"},
      {"5/10 * * * *", "a step needs a range, as in `5-59/10`"},
      {"1,,2 * * * *", "`` is no number"},
      {", * * * *", "`` is no number"},
      {"1- * * * *", "`` is no number"},
      {"-1 * * * *", "`` is no number"},
      {"+1 * * * *", "`+1` is no number"},
      {"1.5 * * * *", "`1.5` is no number"},
      {"99999999999 * * * *", "is no number"},
      {"? * * * *", "`?` is no number"},
      {"* * L * *", "`L` is no number"},
      {"@reboot", "not one of @yearly"},
      {"@every 5m", "2 fields"},
      {"0 0 30 2 *", "no year has such a day"},
      {"0 0 31 4,6,9,11 *", "no year has such a day"},
      {"0 0 30-31 feb */2", "no year has such a day"},
  };
  for (const auto& one : cases) {
    INFO(one.first);
    CHECK_MESSAGE(refusal(one.first).find(one.second) != std::string::npos, refusal(one.first));
  }
  CHECK(refusal(std::string(300, '*')).find("256") != std::string::npos);
}

TEST_CASE("cron fields: no bytes make the reader stumble") {
  std::uint32_t seed = 7;
  const std::string_view letters = "0123456789*/-, \tjanfribLW#?@\xFF";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      seed = seed * 1'664'525 + 1'013'904'223;
      text += letters[(seed >> 16) % letters.size()];
    }
    const auto fields = CronFields::parse(text);
    if (fields.ok()) CHECK(fields->first(0, LocalMinute{1440} * 366 * 41).has_value());
  }
}

}  // namespace sojourn
