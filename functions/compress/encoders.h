// The two encodings: gzip by zlib, zstd by libzstd.
//
// Thread: pure functions.
// Errors: std::bad_alloc.
#pragma once

#include <string>
#include <string_view>

namespace built_in {

std::string gzip(std::string_view bytes, int level);  // level: 1 to 9
std::string zstd(std::string_view bytes);

}  // namespace built_in
