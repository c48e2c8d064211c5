// Stripe: the body is an event object, https://docs.stripe.com/api/events/object, or a thin one of
// https://docs.stripe.com/api/v2/core/events. Its id, its type after com.stripe., and its time, which is a number of
// seconds in the one and RFC 3339 in the other; the object that it is about is the subject.
#include <array>

#include "gateway/hooks/picked_fields.h"
#include "gateway/hooks/sender_events.h"

namespace sojourn {

Result<HookOutcome> read_stripe(const HookMessage& message) {
  constexpr std::array<std::string_view, 5> kPlaces = {"id", "type", "created", "data.object.id", "related_object.id"};
  const auto fields = PickedFields::of(message.body, kPlaces);
  if (!fields.ok()) return fields.error();
  for (const std::string_view needed : {"id", "type"}) {
    if (!fields->text(needed).empty()) continue;
    return Error(ErrorCode::kBadRequest, "every event of Stripe has `" + std::string(needed) + "`, and this has not");
  }
  CloudEvent event;
  if (Status put = set(event, "id", fields->text("id")); !put.ok()) return put.error();
  if (Status put = set(event, "type", "com.stripe." + std::string(fields->text("type"))); !put.ok()) return put.error();
  const std::string_view object = fields->text("data.object.id");
  set_subject(event, object.empty() ? fields->text("related_object.id") : object);
  set_time(event, fields->text("created"));
  event.data = message.body;
  event.attributes["datacontenttype"] = "application/json";
  return HookOutcome(std::move(event));
}

}  // namespace sojourn
