// Random values that nobody can guess: tokens and ids. Reads the kernel's generator; never fails on Linux >= 3.17.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn {

std::string random_bytes(std::size_t size);
std::string random_hex(std::size_t bytes);  // 2 * bytes lower-case digits
std::string random_uuid();                  // version 4, lower-case; from a buffered pool, cheap enough per call

inline constexpr std::size_t kUuidSize = 36;
void write_random_uuid(char* to);  // the same into kUuidSize bytes, without allocation
// Version 7, lower-case: the time in milliseconds stands first, so that rows named by it come one behind the other.
std::string ordered_uuid();

// Version 8, lower-case: a name has always the same one, and whoever knows the name knows it.
std::string named_uuid(std::string_view name);

// True when both are equal; takes the same time wherever they differ. Lengths are not hidden.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace sojourn
