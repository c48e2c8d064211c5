// Whether a webhook's request comes from one who knows a secret of the hook: the check of its `verify`. A secret whose
// notAfter has passed verifies nothing, as if it were not there.
//
// Thread: any; pure functions. `now` is in seconds since 1970.
// Errors: kUnauthorized; kNoCapacity when none of the hook's secrets is set. Neither says a value, nor a secret's name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/secrets/secret_table.h"
#include "loader/pipeline.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

// By the head alone, before a body is read: the schemes that show their secret, gitlab and bearer. Of the others, that
// there is a signature at all.
Status check_sender_head(const WebhookTrigger& hook, std::span<const HeaderField> headers, const SecretTable& secrets,
                         std::int64_t now);

// By the whole request, as the scheme wants it.
Status check_sender(const WebhookTrigger& hook, std::span<const HeaderField> headers, std::string_view body,
                    const SecretTable& secrets, std::int64_t now);

// How this request was signed: as the hook says, or for Standard Webhooks under Svix's names of the same headers.
SignatureScheme signature_of(const WebhookTrigger& hook, std::span<const HeaderField> headers);

// What WWW-Authenticate says beside a 401.
std::string challenge(const WebhookTrigger& hook);

}  // namespace sojourn
