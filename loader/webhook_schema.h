// How the trigger `webhook` is read and written:
//
//   webhook:
//     path: /accounts
//     verify: {scheme: standard-webhooks, secrets: [accounts-2026, {name: accounts-2025, notAfter:
//     2026-03-01T00:00:00Z}]} idHeader: X-Delivery bodyLimit: 1MiB respond: accepted
//
// Thread: any; functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"
#include "loader/pipeline.h"

namespace sojourn {

inline constexpr std::size_t kHookPathMax = 256;         // bytes
inline constexpr std::size_t kHookReplyMax = 16u << 10;  // bytes
inline constexpr std::size_t kHookSecretsMax = 8;

void read_webhook(const Place& place, const Node& node, WebhookTrigger& into);
nlohmann::ordered_json write_webhook(const WebhookTrigger& from);

std::string_view scheme_name(WebhookScheme scheme);
SchemaKeyNames webhook_key_names();
SchemaKeyNames verify_key_names();

}  // namespace sojourn
