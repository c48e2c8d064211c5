#include "runtime/event/timing/cron_schedule.h"

#include <algorithm>

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds kLeapMax = 3h;  // leaps of local time from here on are no daylight saving
// The rarest times, a 29th of February that is a Sunday, are 40 years apart around 2100.
constexpr seconds kHorizon = 24h * 366 * 41;
constexpr seconds kFirstWindow = 1h;

// Of a zone's local time, in whole minutes from here on.
LocalMinute local_minute(UtcSeconds time, seconds offset) {
  return std::chrono::ceil<std::chrono::minutes>(time.time_since_epoch() + offset).count();
}

}  // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view schedule, std::string_view timezone) {
  auto fields = CronFields::parse(schedule);
  if (!fields.ok()) return fields.error();
  auto zone = TimeZone::named(timezone);
  if (!zone.ok()) return zone.error();
  return CronSchedule(*fields, *zone);
}

std::optional<UtcSeconds> CronSchedule::next(UtcSeconds after) const {
  const UtcSeconds horizon = after + kHorizon;
  ZoneSpan span = zone_.at(after);
  UtcSeconds from = after + 1s;
  while (true) {
    if (const auto found = first_in(span, from, std::min(span.end, horizon))) return found;
    if (span.end >= horizon) return std::nullopt;
    const ZoneSpan following = zone_.at(span.end);
    if (fires_at_leap(span, following)) return following.begin;
    from = following.begin;
    span = following;
  }
}

std::optional<UtcSeconds> CronSchedule::first_in(const ZoneSpan& span, UtcSeconds from, UtcSeconds until) const {
  LocalMinute earliest = local_minute(from, span.offset);
  if (!fields_.is_hourly()) {
    const seconds before = zone_.at(span.begin - 1s).offset;
    const seconds repeated = before - span.offset;
    if (repeated > 0s && repeated < kLeapMax) earliest = std::max(earliest, local_minute(span.begin, before));
  }
  const auto found = fields_.first(earliest, local_minute(until, span.offset));
  if (!found) return std::nullopt;
  return UtcSeconds(std::chrono::minutes(*found)) - span.offset;
}

bool CronSchedule::fires_at_leap(const ZoneSpan& before, const ZoneSpan& after) const {
  const seconds leap = after.offset - before.offset;
  if (fields_.is_hourly() || leap <= 0s || leap >= kLeapMax) return false;
  return fields_.first(local_minute(after.begin, before.offset), local_minute(after.begin, after.offset)).has_value();
}

CronSchedule::Missed CronSchedule::missed(UtcSeconds after, UtcSeconds until, std::size_t most) const {
  Missed missed;
  // Longer and longer stretches before `until`, so that a schedule of every minute is not followed through years.
  for (seconds window = kFirstWindow;; window *= 4) {
    const UtcSeconds from = until - after > window ? until - window : after;
    missed.times.clear();
    for (auto time = next(from); time && *time <= until; time = next(*time)) missed.times.push_back(*time);
    if (missed.times.size() < most && from > after) continue;
    const auto first = next(after);
    missed.had_more = missed.times.size() > most || (first && !missed.times.empty() && *first < missed.times.front());
    if (missed.times.size() > most)
      missed.times.erase(missed.times.begin(), missed.times.end() - static_cast<std::ptrdiff_t>(most));
    return missed;
  }
}

}  // namespace sojourn
