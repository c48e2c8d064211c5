// Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the id
// is webhook-id, and a body with `type`, `timestamp` and `data` says the rest. With both type and data the data alone
// becomes the event's, byte for byte as it stands there. A body that is no JSON object is data, and has no type.
#include <array>

#include "gateway/hooks/picked_fields.h"
#include "gateway/hooks/sender_events.h"
#include "gateway/signatures/shown_secret.h"
#include "gateway/signatures/signature.h"
#include "runtime/json/json_text.h"

namespace sojourn {
Result<HookOutcome> read_standard(const HookMessage& message, const SignatureScheme& signature) {
  constexpr std::array<std::string_view, 2> kPlaces = {"type", "timestamp"};
  CloudEvent event;
  if (Status put = set(event, "id", only_field(message.headers, signature.id).value_or("")); !put.ok())
    return put.error();
  set_time(event, signed_time(signature, message.headers));
  event.data = message.body;
  const auto fields = PickedFields::of(message.body, kPlaces);
  if (!fields.ok()) return HookOutcome(std::move(event));
  if (Status put = set(event, "type", fields->text("type")); !put.ok()) return put.error();
  set_time(event, fields->text("timestamp"));
  const auto data = member_text(message.body, "data");
  if (!event.type.empty() && data) {
    event.data = *data;
    event.attributes["datacontenttype"] = "application/json";
  }
  return HookOutcome(std::move(event));
}

}  // namespace sojourn
