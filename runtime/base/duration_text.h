// A duration as messages show it: `250ms`, `5s`. Rounded up to whole milliseconds.
//
// Thread: any; pure.
#pragma once

#include <chrono>
#include <string>

namespace sojourn {

inline std::string duration_text(std::chrono::nanoseconds duration) {
  const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

}  // namespace sojourn
