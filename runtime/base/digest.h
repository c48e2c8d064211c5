// A Digest is the SHA-256 of an artifact and its name in the store. Computing one is runtime/crypto's work.
//
// Thread: a value; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string hex() const;                                      // 64 lower-case digits
  static std::optional<Digest> from_hex(std::string_view hex);  // exactly 64 hex digits
  auto operator<=>(const Digest&) const = default;
};

}  // namespace sojourn
