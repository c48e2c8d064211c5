// HMAC (RFC 2104): whether a message comes from one who knows the key.
//
// Thread: any; pure functions.
#pragma once

#include <string>
#include <string_view>

namespace sojourn {

enum class HashKind { kSha256, kSha1, kSha512 };

// The code's raw bytes: 32, 20 or 64. An empty key is a key.
std::string hmac(HashKind hash, std::string_view key, std::string_view message);

}  // namespace sojourn
