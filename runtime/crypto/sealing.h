// Sealing keeps a text unreadable and unchangeable for whoever lacks the key: AES-256-GCM with a random nonce. The
// label is bound to it, so that a sealed text put under another label does not open.
//
// A sealed text is the nonce (12 bytes), the ciphertext, and the tag (16 bytes). One key seals 2^32 texts at most.
//
// Thread: any; pure functions but for the nonce.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/secret_text.h"

namespace sojourn {

inline constexpr std::size_t kSealKeySize = 32;        // bytes
inline constexpr std::size_t kSealOverhead = 12 + 16;  // bytes a sealed text is longer

SecretText make_seal_key();

// REQUIRES: key.size() == kSealKeySize.
std::string seal(std::string_view key, std::string_view label, std::string_view text);

// Nothing when the key or the label is another one, or a bit has changed.
std::optional<SecretText> open_sealed(std::string_view key, std::string_view label, std::string_view sealed);

}  // namespace sojourn
