// The two ways across the ABI for text: sj_bytes on its side, string_view on ours.
//
// Lifetime: both are views; neither owns anything.
#pragma once

#include <string_view>

#include <sojourn/abi.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

inline sj_bytes to_bytes(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

inline std::string_view to_view(sj_bytes bytes) noexcept {
  return bytes.size == 0 ? std::string_view{} : std::string_view{bytes.data, bytes.size};
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
