// Whether a request may come in by what it carries: the check of `access` for every kind but `token`, whose tokens are
// the server's own (gateway/credentials.h). Compared are SHA-256 of what was sent and of the secrets, in constant time,
// so that neither a value nor its length shows in the time that an answer takes.
//
// Thread: any; pure functions.
// Errors: kUnauthorized; kNoCapacity when none of the secrets that would open is set.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/secrets/secret_table.h"
#include "loader/access.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

// By the head alone: key, bearer and basic. Ok for the kinds that are decided elsewhere: open, token, hmac.
Status check_access(const Access& access, std::span<const HeaderField> headers, const SecretTable& secrets);

// By the whole body: hmac. Ok for every other kind. `now` is in seconds since the epoch.
Status check_body_access(const Access& access, std::span<const HeaderField> headers, std::string_view body,
                         const SecretTable& secrets, std::int64_t now);

// The header that carries the secret itself, which is then not for the function to see; or empty.
std::string_view secret_header(const Access& access);

// What WWW-Authenticate says beside a 401.
std::string challenge(const Access& access);

}  // namespace sojourn
