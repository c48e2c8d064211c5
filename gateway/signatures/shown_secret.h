// Whether a request shows a secret instead of signing with it: an API key, a bearer secret, the token of GitLab.
// Compared are SHA-256 of what was sent and of the secrets, in constant time, so that neither a value nor its length
// shows in the time that an answer takes.
//
// Thread: any; pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/base/header_field.h"

namespace sojourn {

// The only field of that name (lower-case). One that comes twice is ambiguous, and counts as none.
std::optional<std::string_view> only_field(std::span<const HeaderField> headers, std::string_view name);

// What follows the scheme (lower-case: "bearer") in the only Authorization field, or empty.
std::string_view authorization_of(std::span<const HeaderField> headers, std::string_view scheme);

// Whether the text that was sent is one of those with these SHA-256; every one of them is compared.
bool is_one_of(std::span<const Digest> fingerprints, std::string_view sent);

}  // namespace sojourn
