// A CronSchedule tells when a cron trigger fires: the five fields in the local time of a zone.
//
// Where local time leaps by less than three hours, as it does for daylight saving, it follows Vixie's cron and cronie
// (cron(8), "Daylight Saving Time and other time changes"):
//   * what is meant for certain hours fires once on each of its days. A time that is left out in spring fires once at
//     the leap, however many of its times were left out; of a time that comes twice in autumn the first one fires.
//   * what means every hour (the hour field begins with `*`) fires by the clock on the wall: not at times that are left
//     out, and both times at times that come twice.
// Unlike theirs, a minute field that begins with `*` changes nothing: `*/10 2 * * *` has certain hours.
//
// Thread: any; a value that nothing changes.
// Errors: kRefused: the schedule or the zone cannot be read.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/event/timing/cron_fields.h"
#include "runtime/event/timing/time_zone.h"

namespace sojourn {

class CronSchedule {
 public:
  static Result<CronSchedule> parse(std::string_view schedule, std::string_view timezone);

  // The first time after `after`; nothing when that is further away than any schedule's next time can be.
  std::optional<UtcSeconds> next(UtcSeconds after) const;

  struct Missed {
    std::vector<UtcSeconds> times;  // in order
    bool had_more = false;          // earlier ones were left out
  };
  // The times after `after` up to and with `until`; of more than `most` the latest ones. REQUIRES: most > 0.
  Missed missed(UtcSeconds after, UtcSeconds until, std::size_t most) const;

 private:
  CronSchedule(CronFields fields, TimeZone zone) : fields_(fields), zone_(zone) {}
  // The first time of the span from `from` on, which is not before the span.
  std::optional<UtcSeconds> first_in(const ZoneSpan& span, UtcSeconds from, UtcSeconds until) const;
  bool fires_at_leap(const ZoneSpan& before, const ZoneSpan& after) const;

  CronFields fields_;
  TimeZone zone_;
};

}  // namespace sojourn
