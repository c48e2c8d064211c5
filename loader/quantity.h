// Durations and sizes as people write them: `250ms`, `5s`, `10m`, `2h`; `64MiB`, `16KiB`, `6MB`.
//
// One whole number and one unit; a bare number has no meaning and is refused, since seconds and milliseconds,
// bytes and MiB are too easily confused. What is formatted reads back as the same value.
//
// Thread: any; pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

// ms, s, m, h. Nothing when the text is something else or does not fit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// B; KiB, MiB, GiB, TiB (powers of 1024); kB or KB, MB, GB, TB (powers of 1000). In bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The largest unit that leaves a whole number: 90000 ms is `90s`, 120000 ms is `2m`.
std::string format_duration(std::chrono::milliseconds duration);
std::string format_size(std::uint64_t bytes);

}  // namespace sojourn
