#include "loader/quantity.h"

#include <charconv>
#include <limits>
#include <span>

namespace sojourn {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurationUnits[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

// Largest first, binary before decimal: formatting takes the first that divides.
constexpr Unit kSizeUnits[] = {
    {"TiB", std::uint64_t{1} << 40}, {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},           {"MB", 1'000'000}, {"KB", 1'000},     {"B", 1}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, std::uint64_t largest) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return std::nullopt;
  const std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != unit_name) continue;
    if (number > largest / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string format(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    const bool whole = value != 0 && value % unit.factor == 0;
    if (whole || unit.factor == 1) return std::to_string(value / unit.factor).append(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 1'000'000);
  const auto value = parse(text, kDurationUnits, kLargest);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (text.size() > 2 && text.ends_with("kB")) {
    return parse(std::string(text.substr(0, text.size() - 2)) + "KB", kSizeUnits, kLargest);
  }
  return parse(text, kSizeUnits, kLargest);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t value = duration.count();
  if (value < 0) return "-" + format(static_cast<std::uint64_t>(-value), kDurationUnits);
  return format(static_cast<std::uint64_t>(value), kDurationUnits);
}

std::string format_size(std::uint64_t bytes) {
  return format(bytes, kSizeUnits);
}

}  // namespace sojourn
