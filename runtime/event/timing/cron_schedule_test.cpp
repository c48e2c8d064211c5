#include "runtime/event/timing/cron_schedule.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <doctest/doctest.h>
#include <set>
#include <string>

namespace sojourn {
namespace {

using namespace std::chrono;

UtcSeconds utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + hours(hour) +
         minutes(minute) + seconds(second);
}

CronSchedule schedule_of(std::string_view text, std::string_view zone) {
  auto schedule = CronSchedule::parse(text, zone);
  REQUIRE_MESSAGE(schedule.ok(), schedule.error().text());
  return *schedule;
}

std::vector<UtcSeconds> all_of(const CronSchedule& schedule, UtcSeconds after, UtcSeconds until) {
  std::vector<UtcSeconds> times;
  for (auto time = schedule.next(after); time && *time <= until; time = schedule.next(*time)) times.push_back(*time);
  return times;
}

// --- by brute force: each minute of a stretch of time, with the C library's word for what local time it is -----------

struct Field {
  std::set<int> values;
  std::string text;
};

struct Plan {
  Field minute, hour, day, month, weekday;
  std::string text() const {
    return minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
  }
  bool means(const std::tm& at) const {
    const bool by_day = day.values.contains(at.tm_mday);
    const bool by_week = weekday.values.contains(at.tm_wday);
    const bool joined = day.text == "*" || weekday.text == "*" ? by_day && by_week : by_day || by_week;
    return joined && minute.values.contains(at.tm_min) && hour.values.contains(at.tm_hour) &&
           month.values.contains(at.tm_mon + 1);
  }
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  int below(int bound) {
    state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    return static_cast<int>((state_ >> 33) % static_cast<std::uint64_t>(bound));
  }
  Field field(int least, int most, int star_in) {
    Field field;
    if (below(star_in) == 0) {
      for (int value = least; value <= most; ++value) field.values.insert(value);
      field.text = "*";
      return field;
    }
    for (int count = 1 + below(3); count > 0; --count) field.values.insert(least + below(most - least + 1));
    for (const int value : field.values) field.text += (field.text.empty() ? "" : ",") + std::to_string(value);
    return field;
  }

 private:
  std::uint64_t state_;
};

struct Zone {
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

std::vector<UtcSeconds> by_brute_force(const Plan& plan, const std::vector<std::tm>& local, UtcSeconds begin) {
  const bool is_hourly = plan.hour.text == "*";
  std::vector<UtcSeconds> times;
  const auto number = [](const std::tm& at) {
    return sys_days(year(at.tm_year + 1900) / (at.tm_mon + 1) / at.tm_mday).time_since_epoch().count() * 1440LL +
           at.tm_hour * 60 + at.tm_min;
  };
  long long reached = number(local[0]) - 1;  // the latest local minute that has been
  for (std::size_t i = 0; i < local.size(); ++i) {
    const long long now = number(local[i]);
    bool fires = is_hourly && plan.means(local[i]);
    for (long long minute = reached + 1; !is_hourly && !fires && minute <= now; ++minute) {
      const std::time_t as_utc = minute * 60;
      std::tm at{};
      ::gmtime_r(&as_utc, &at);
      fires = plan.means(at);
    }
    reached = std::max(reached, now);
    if (fires) times.push_back(begin + minutes(i));
  }
  return times;
}

}  // namespace

TEST_CASE("cron schedule: in a zone of its own") {
  const auto berlin = schedule_of("0 9 * * mon-fri", "Europe/Berlin");
  CHECK(*berlin.next(utc(2026, 1, 1)) == utc(2026, 1, 1, 8));
  CHECK(*berlin.next(utc(2026, 7, 1)) == utc(2026, 7, 1, 7));
  const auto kathmandu = schedule_of("0 0 * * *", "Asia/Kathmandu");
  CHECK(*kathmandu.next(utc(2026, 1, 1)) == utc(2026, 1, 1, 18, 15));
  const auto utc_midnight = schedule_of("@daily", "UTC");
  CHECK(*utc_midnight.next(utc(2026, 1, 1)) == utc(2026, 1, 2));
  CHECK(*utc_midnight.next(utc(2025, 12, 31, 23, 59, 59)) == utc(2026, 1, 1));
}

TEST_CASE("cron schedule: a time that is left out in spring fires once, right after the gap") {
  const auto night = schedule_of("30 2 * * *", "Europe/Berlin");  // 2026-03-29: 02:00 becomes 03:00
  CHECK(all_of(night, utc(2026, 3, 28), utc(2026, 3, 30, 12)) ==
        std::vector{utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 0), utc(2026, 3, 30, 0, 30)});
  const auto often = schedule_of("*/10 2 * * *", "Europe/Berlin");
  CHECK(all_of(often, utc(2026, 3, 29), utc(2026, 3, 29, 23)) == std::vector{utc(2026, 3, 29, 1, 0)});
  const auto both = schedule_of("0 2,3 * * *", "Europe/Berlin");
  CHECK(all_of(both, utc(2026, 3, 29), utc(2026, 3, 29, 23)) == std::vector{utc(2026, 3, 29, 1, 0)});
  const auto hourly = schedule_of("30 * * * *", "Europe/Berlin");
  CHECK(all_of(hourly, utc(2026, 3, 29), utc(2026, 3, 29, 2)) ==
        std::vector{utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30)});
  // Asked from the last second before the gap, and from the very moment after it.
  CHECK(*night.next(utc(2026, 3, 29, 0, 59, 59)) == utc(2026, 3, 29, 1, 0));
  CHECK(*night.next(utc(2026, 3, 29, 1, 0)) == utc(2026, 3, 30, 0, 30));
}

TEST_CASE("cron schedule: a time that comes twice in autumn fires the first time, every hour fires both times") {
  const auto night = schedule_of("30 1 * * *", "America/New_York");  // 2026-11-01: 02:00 becomes 01:00
  CHECK(all_of(night, utc(2026, 11, 1), utc(2026, 11, 2, 12)) ==
        std::vector{utc(2026, 11, 1, 5, 30), utc(2026, 11, 2, 6, 30)});
  const auto hourly = schedule_of("30 * * * *", "America/New_York");
  CHECK(all_of(hourly, utc(2026, 11, 1, 5), utc(2026, 11, 1, 7)) ==
        std::vector{utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30)});
}

TEST_CASE("cron schedule: a whole day that is left out is not made up") {
  const auto noon = schedule_of("0 12 * * *", "Pacific/Apia");  // had no 2011-12-30
  const auto times = all_of(noon, utc(2011, 12, 29), utc(2012, 1, 1));
  CHECK(times == std::vector{utc(2011, 12, 29, 22), utc(2011, 12, 30, 22), utc(2011, 12, 31, 22)});
}

TEST_CASE("cron schedule: brute force, minute by minute, finds the same times") {
  const char* zones[] = {
      "Europe/Berlin", "America/New_York",  "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
      "Europe/Dublin", "Africa/Casablanca", "Antarctica/Troll",    "America/Havana",   "Asia/Kathmandu",
      "UTC",           "America/St_Johns"};
  Dice dice(20'261'122);
  int fires = 0;
  for (const char* name : zones) {
    const Zone zone(name);
    const UtcSeconds begin = utc(2023 + dice.below(8), 1 + static_cast<unsigned>(dice.below(12)), 1);
    std::vector<std::tm> local(std::size_t{400} * 1440);
    for (std::size_t i = 0; i < local.size(); ++i) {
      const std::time_t time = (begin + minutes(i)).time_since_epoch().count();
      ::localtime_r(&time, &local[i]);
    }
    for (int round = 0; round < 12; ++round) {
      Plan plan{dice.field(0, 59, 6), dice.field(0, 23, 4), dice.field(1, 31, 2), dice.field(1, 12, 2),
                dice.field(0, 6, 2)};
      if (round % 3 == 0) plan.day = plan.month = plan.weekday = Dice(1).field(1, 31, 1);
      if (round % 3 == 0) plan.weekday.values.insert(0);
      if (round % 2 == 0 && plan.hour.text != "*") plan.hour = Field{{1, 2, 3}, "1-3"};  // where local time leaps
      if (!CronFields::parse(plan.text()).ok()) continue;                                // a day that no year has
      CAPTURE(name);
      CAPTURE(plan.text());
      const auto expected = by_brute_force(plan, local, begin);
      const auto last = begin + minutes(local.size() - 1);
      const auto found = all_of(schedule_of(plan.text(), name), begin - seconds(1), last);
      fires += static_cast<int>(found.size());
      CHECK(found == expected);
    }
  }
  CHECK(fires > 10'000);
}

TEST_CASE("cron schedule: the next time is the same from wherever before it one asks") {
  Dice dice(3);
  const auto schedule = schedule_of("15,45 1-3 * * *", "America/New_York");
  const UtcSeconds begin = utc(2026, 10, 25);
  const auto times = all_of(schedule, begin, utc(2027, 4, 1));
  for (int i = 0; i < 5'000; ++i) {
    const UtcSeconds from = begin + seconds(dice.below(120 * 86'400));
    const auto later = std::upper_bound(times.begin(), times.end(), from);
    REQUIRE(later != times.end());
    CHECK(*schedule.next(from) == *later);
  }
}

TEST_CASE("cron schedule: of times that were missed the latest ones are told, and whether there were more") {
  const auto minutely = schedule_of("* * * * *", "UTC");
  const UtcSeconds now = utc(2026, 11, 22, 12, 0, 30);
  const auto latest = minutely.missed(utc(1990, 1, 1), now, 1);
  CHECK(latest.times == std::vector{utc(2026, 11, 22, 12)});
  CHECK(latest.had_more);
  const auto many = minutely.missed(utc(1990, 1, 1), now, 1000);
  REQUIRE(many.times.size() == 1000);
  CHECK(many.times.back() == utc(2026, 11, 22, 12));
  CHECK(many.times.front() == utc(2026, 11, 22, 12) - minutes(999));
  CHECK(many.had_more);
  const auto few = minutely.missed(now - minutes(3), now, 1000);
  CHECK(few.times == std::vector{utc(2026, 11, 22, 11, 58), utc(2026, 11, 22, 11, 59), utc(2026, 11, 22, 12)});
  CHECK(!few.had_more);
  CHECK(minutely.missed(now, now, 1).times.empty());
  CHECK(minutely.missed(now + hours(5), now, 1).times.empty());
  const auto yearly = schedule_of("@yearly", "UTC");
  CHECK(yearly.missed(utc(2020, 6, 1), now, 2).times == std::vector{utc(2025, 1, 1), utc(2026, 1, 1)});
  CHECK(yearly.missed(utc(2020, 6, 1), now, 2).had_more);
  CHECK(!yearly.missed(utc(2020, 6, 1), now, 10).had_more);
  CHECK(yearly.missed(utc(2020, 6, 1), now, 10).times.size() == 6);
}

TEST_CASE("cron schedule: the rarest day is found, and the data reach to summers to come") {
  CHECK(*schedule_of("0 0 29 2 */7", "UTC").next(utc(2088, 3, 1)) == utc(2128, 2, 29));
  CHECK(*schedule_of("0 0 29 2 *", "Europe/Berlin").next(utc(2026, 1, 1)) == utc(2028, 2, 28, 23));
  CHECK(*schedule_of("0 12 1 7 *", "America/New_York").next(utc(2036, 1, 1)) == utc(2036, 7, 1, 16));
}

TEST_CASE("cron schedule: a zone that does not exist is refused") {
  for (const char* zone : {"", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime", "europe/berlin"}) {
    CAPTURE(zone);
    const auto schedule = CronSchedule::parse("@daily", zone);
    REQUIRE(!schedule.ok());
    CHECK(schedule.error().text().find("time zone") != std::string::npos);
  }
}

}  // namespace sojourn
