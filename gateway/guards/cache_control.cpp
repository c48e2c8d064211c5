#include "gateway/guards/cache_control.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::chrono::seconds kYear{365 * 24 * 3600};

// Cuts the next element off a comma-separated list in which quoted strings may hold commas.
std::string_view next_element(std::string_view& list) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != ','); ++end) {
    if (quoted && list[end] == '\\') {
      ++end;
    } else if (list[end] == '"') {
      quoted = !quoted;
    }
  }
  end = std::min(end, list.size());
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return trimmed(element);
}

std::chrono::seconds seconds_of(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc::result_out_of_range) return kYear;
  if (failed != std::errc() || end != text.data() + text.size() || value < 0) return std::chrono::seconds(0);
  return std::min(std::chrono::seconds(value), kYear);
}

struct Flag {
  std::string_view name;
  bool CacheControl::*member;
};
struct Time {
  std::string_view name;
  CacheSeconds CacheControl::*member;
};
constexpr Flag kFlags[] = {{"no-store", &CacheControl::no_store},
                           {"no-cache", &CacheControl::no_cache},
                           {"private", &CacheControl::is_private},
                           {"public", &CacheControl::is_public},
                           {"must-revalidate", &CacheControl::must_revalidate},
                           {"proxy-revalidate", &CacheControl::must_revalidate},
                           {"only-if-cached", &CacheControl::only_if_cached}};
constexpr Time kTimes[] = {{"max-age", &CacheControl::max_age},
                           {"s-maxage", &CacheControl::s_maxage},
                           {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
                           {"stale-if-error", &CacheControl::stale_if_error},
                           {"min-fresh", &CacheControl::min_fresh},
                           {"max-stale", &CacheControl::max_stale}};

void read_directive(std::string_view directive, CacheControl& into) {
  const std::size_t equals = directive.find('=');
  const std::string_view name = trimmed(directive.substr(0, equals));
  for (const Flag& flag : kFlags) {
    if (equals_ignoring_case(name, flag.name)) into.*flag.member = true;
  }
  for (const Time& time : kTimes) {
    if (!equals_ignoring_case(name, time.name)) continue;
    const bool has_value = equals != std::string_view::npos;
    // Of two that contradict each other the shorter one holds.
    const auto value = has_value ? seconds_of(trimmed(directive.substr(equals + 1)))
                                 : (time.member == &CacheControl::max_stale ? kYear : std::chrono::seconds(0));
    CacheSeconds& member = into.*time.member;
    member = std::min(member.value_or(value), value);
  }
}

std::string_view opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = -1;
  const char* const begin = text.data() + at;
  const auto [end, failed] = std::from_chars(begin, begin + digits, value);
  return failed == std::errc() && end == begin + digits ? value : -1;
}

}  // namespace

CacheControl cache_control_of(std::span<const HeaderField> headers) {
  CacheControl control;
  bool given = false;
  bool pragma = false;
  for (const HeaderField& field : headers) {
    if (field.name == "pragma") pragma = pragma || equals_ignoring_case(trimmed(field.value), "no-cache");
    if (field.name != "cache-control") continue;
    given = true;
    for (std::string_view rest = field.value; !rest.empty();) read_directive(next_element(rest), control);
  }
  if (!given && pragma) control.no_cache = true;
  return control;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kForm = "ddd, 00 mmm 0000 00:00:00 GMT";
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != kForm.size() || !text.ends_with(" GMT") || text[3] != ',') return std::nullopt;
  std::tm time{};
  time.tm_mday = number_at(text, 5, 2);
  time.tm_year = number_at(text, 12, 4) - 1900;
  time.tm_hour = number_at(text, 17, 2);
  time.tm_min = number_at(text, 20, 2);
  time.tm_sec = number_at(text, 23, 2);
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  const bool in_range = time.tm_mday >= 1 && time.tm_mday <= 31 && time.tm_year >= 0 && time.tm_hour >= 0 &&
                        time.tm_hour <= 23 && time.tm_min >= 0 && time.tm_min <= 59 && time.tm_sec >= 0 &&
                        time.tm_sec <= 60;
  if (!in_range || month == kMonths.end()) return std::nullopt;
  time.tm_mon = static_cast<int>(month - kMonths.begin());
  return ::timegm(&time);
}

std::string_view field_of(std::span<const HeaderField> headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &HeaderField::name);
  return found == headers.end() ? std::string_view() : found->value;
}

bool names_entity_tag(std::string_view list, std::string_view tag) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    if (opaque(next_element(list)) == opaque(tag) && !tag.empty()) return true;
  }
  return false;
}

}  // namespace sojourn
