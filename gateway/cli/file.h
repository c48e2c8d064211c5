// Reads whole files for commands, up to a bound.
//
// Thread: any.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/base/result.h"

namespace sojourn::cli {

inline constexpr std::size_t kObjectMax = 256u << 20;  // bytes of a shared object; the server's limit too

// The file's content; `-` is standard input. The error names the path and why.
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace sojourn::cli
