// A TimeZone knows the local time of a region, by the operating system's own data (/usr/share/zoneinfo, package
// tzdata). The only file that uses the library Howard Hinnant's date, which reads it.
//
// The data is read when a zone is first asked for; what an update of tzdata brings is known after the next start.
//
// Thread: any; a value that nothing changes.
// Errors: kRefused: no such zone.
#pragma once

#include <chrono>
#include <string_view>

#include "runtime/base/result.h"

namespace date {
class time_zone;
}

namespace sojourn {

using UtcSeconds = std::chrono::sys_seconds;

// From `begin` on and before `end` local time is UTC and `offset`.
struct ZoneSpan {
  UtcSeconds begin;
  UtcSeconds end;
  std::chrono::seconds offset;
};

class TimeZone {
 public:
  // By its IANA name, such as Europe/Berlin or UTC.
  static Result<TimeZone> named(std::string_view name);

  ZoneSpan at(UtcSeconds time) const;

 private:
  explicit TimeZone(const date::time_zone& zone) : zone_(&zone) {}

  const date::time_zone* zone_;  // lives as long as the program
};

}  // namespace sojourn
