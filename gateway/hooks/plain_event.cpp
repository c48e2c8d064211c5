// Senders without a way of their own (the schemes hmac, bearer and none): the body is the event's data as it is. What
// was signed beside it says the id and the time.
#include "gateway/hooks/sender_events.h"
#include "gateway/signatures/shown_secret.h"
#include "gateway/signatures/signature.h"

namespace sojourn {

Result<HookOutcome> read_plain(const HookMessage& message, const SignatureScheme& signature) {
  CloudEvent event;
  if (!signature.id.empty()) {
    if (Status put = set(event, "id", only_field(message.headers, signature.id).value_or("")); !put.ok()) {
      return put.error();
    }
  }
  set_time(event, signed_time(signature, message.headers));
  event.data = message.body;
  return HookOutcome(std::move(event));
}

}  // namespace sojourn
