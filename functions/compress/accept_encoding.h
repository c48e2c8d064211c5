// What a client's Accept-Encoding asks for, among the encodings that `compress` knows.
//
// Thread: pure functions.
#pragma once

#include <string_view>

namespace built_in {

enum class Encoding { kIdentity, kGzip, kZstd };

// The one with the greatest weight (RFC 9110, 12.5.3); zstd before gzip at equal weight, identity when neither is
// asked for. `*` stands for those that are not named.
Encoding best_encoding(std::string_view accept_encoding);

}  // namespace built_in
