#include "loader/quantity.h"

#include <doctest/doctest.h>

namespace sojourn {

using std::chrono::milliseconds;

TEST_CASE("quantity: durations with each unit") {
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("5s") == milliseconds(5'000));
  CHECK(parse_duration("10m") == milliseconds(600'000));
  CHECK(parse_duration("2h") == milliseconds(7'200'000));
}

TEST_CASE("quantity: what is not one number and one unit is no duration") {
  for (std::string_view bad : {"", "5", "s", "5 s", "5S", "-5s", "1.5s", "5s ", "+5s", "1h30m", "99999999999999999h"}) {
    CHECK_MESSAGE(!parse_duration(bad).has_value(), bad);
  }
}

TEST_CASE("quantity: sizes in powers of 1024 and of 1000") {
  CHECK(parse_size("64MiB") == 64u << 20);
  CHECK(parse_size("16KiB") == 16u << 10);
  CHECK(parse_size("6MB") == 6'000'000u);
  CHECK(parse_size("3kB") == 3'000u);
  CHECK(parse_size("0B") == 0u);
  for (std::string_view bad : {"", "64", "64Mib", "64 MiB", "MiB", "99999999TiB", "-1B", "1.5GiB"}) {
    CHECK_MESSAGE(!parse_size(bad).has_value(), bad);
  }
}

TEST_CASE("quantity: formatting takes the largest whole unit and reads back") {
  CHECK(format_duration(milliseconds(90'000)) == "90s");
  CHECK(format_duration(milliseconds(120'000)) == "2m");
  CHECK(format_duration(milliseconds(0)) == "0ms");
  CHECK(format_size(64u << 20) == "64MiB");
  CHECK(format_size(6'000'000) == "6MB");
  CHECK(format_size(0) == "0B");
  for (std::uint64_t size : {1ull, 1023ull, 1024ull, 1500ull, 123'456'789ull})
    CHECK(parse_size(format_size(size)) == size);
  for (int time : {1, 999, 1000, 61'000, 3'600'000}) {
    CHECK(parse_duration(format_duration(milliseconds(time))) == milliseconds(time));
  }
}

}  // namespace sojourn
