// Signs what the platform sends as Standard Webhooks ask for it (https://www.standardwebhooks.com, specification 1.0):
// the receiver knows by the three headers who sent it, that nothing was changed, and when.
//
// A secret is `whsec_` and the key in base64, as receivers' libraries write it; any other text is itself the key.
//
// Thread: any; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn {

// webhook-id, webhook-timestamp and webhook-signature of a body. `id` is the same for every attempt to send a message,
// so that its receiver knows it again; REQUIRES: without a dot. `now` is in seconds since 1970, of this attempt.
std::vector<std::pair<std::string, std::string>> webhook_signature(std::string_view secret, std::string_view id,
                                                                   std::int64_t now, std::string_view body);

}  // namespace sojourn
