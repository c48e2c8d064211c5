// The CallIdWindow remembers the call ids that callers chose lately, so that an id is not used for two calls. It holds
// the newest kCallIdsMax; ids that the gateway makes itself are random and need no memory.
//
// Thread: any; a mutex guards it. Only calls that bring an id pass through.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace sojourn {

inline constexpr std::size_t kCallIdsMax = 100'000;

using CallIdBytes = std::array<std::uint8_t, 16>;

// The bytes of a UUID written 8-4-4-4-12 in hex digits of either case.
std::optional<CallIdBytes> parse_uuid(std::string_view text);

class CallIdWindow {
 public:
  explicit CallIdWindow(std::size_t ids_max = kCallIdsMax) : ids_max_(ids_max) {}

  // Whether `id` was not in the window; it is from here on.
  bool take(const CallIdBytes& id);

 private:
  struct Hash {
    std::size_t operator()(const CallIdBytes& id) const;
  };

  const std::size_t ids_max_;
  std::mutex mutex_;
  std::unordered_set<CallIdBytes, Hash> known_;
  std::deque<CallIdBytes> in_order_;  // oldest first
};

}  // namespace sojourn
