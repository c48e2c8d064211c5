// Random bytes from the kernel. They are safe everywhere: a generator seeded before the fork, in a constructor
// or in INIT, gives every instance the same numbers; these never repeat.
//
// Errors:  std::system_error when the kernel gives none.
// Thread:  any thread.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/random.h>
#include <system_error>

namespace sojourn {
inline namespace v1 {

inline void random_bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "random_bytes: getrandom");
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

inline std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  random_bytes(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

// To seed a generator with, in START.
inline std::uint64_t random_number() {
  std::uint64_t number = 0;
  random_bytes(std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

}  // namespace v1
}  // namespace sojourn
