// Whether a request was signed by one who knows a secret: the check of a SignatureScheme over the raw bytes of the
// body. Every secret and every signature offered is tried, so that both sides can rotate, and each comparison takes the
// same time wherever it fails.
//
// Thread: any; pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "loader/signature_scheme.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kSignaturesMax = 16;  // parts looked at in one header

// `secrets` are values, not names; `now` is in seconds since the epoch. kUnauthorized says what is missing or does not
// fit, and nothing of what would.
Status check_signature(const SignatureScheme& scheme, std::span<const HeaderField> headers, std::string_view body,
                       std::span<const std::string_view> secrets, std::int64_t now);

// The time of signing as it was sent; empty when there is none, or the scheme signs none.
std::string_view signed_time(const SignatureScheme& scheme, std::span<const HeaderField> headers);

}  // namespace sojourn
