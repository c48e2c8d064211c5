#include "runtime/event/timing/time_zone.h"

#include <date/tz.h>
#include <exception>
#include <string>

namespace sojourn {

Result<TimeZone> TimeZone::named(std::string_view name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(UtcSeconds{});  // reads the zone's file, which later calls find read
    return TimeZone(*zone);
  } catch (const std::exception&) {
    return Error(ErrorCode::kRefused, "no time zone is named `" + std::string(name) +
                                          "` on this host: use an IANA name such as Europe/Berlin or UTC");
  }
}

ZoneSpan TimeZone::at(UtcSeconds time) const {
  const date::sys_info info = zone_->get_info(time);
  return {info.begin, info.end, info.offset};
}

}  // namespace sojourn
