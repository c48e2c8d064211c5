#include "runtime/event/triggers/derive.h"

#include <charconv>

#include "runtime/base/rfc3339.h"
#include "runtime/crypto/random.h"
#include "runtime/event/triggers/trace_context.h"

namespace sojourn {
namespace {

// Instead of what was there; an empty value is none.
void set(CloudEvent& event, std::string_view name, std::string value) {
  event.attributes.erase(std::string(name));
  if (!value.empty()) event.attributes.emplace(name, std::move(value));
}

std::string first_of(std::string_view one, std::string_view other) {
  return std::string(one.empty() ? other : one);
}

Status take_from(CloudEvent& event, const CloudEvent& cause) {
  const int hops = hops_of(cause) + 1;
  if (hops > kHopsMax) {
    return Error(ErrorCode::kLoopDetected, "the event `" + event.type.substr(0, 80) + "` would be number " +
                                               std::to_string(hops) + " in its chain of causes, and the limit is " +
                                               std::to_string(kHopsMax) + ": do events of a kind lead back to it?");
  }
  set(event, "causationid", cause.id);
  set(event, "correlationid", first_of(cause.attribute("correlationid"), cause.id));
  set(event, kHopsAttribute, std::to_string(hops));
  return {};
}

}  // namespace

int hops_of(const CloudEvent& event) {
  const std::string_view text = event.attribute(kHopsAttribute);
  if (text.empty()) return 0;
  int hops = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hops);
  const bool is_count = error == std::errc() && end == text.data() + text.size() && hops >= 0 && hops <= kHopsMax;
  return is_count ? hops : kHopsMax;
}

Status derive(CloudEvent& event, const CloudEvent* cause, std::string_view traceparent, std::int64_t now_ms) {
  if (event.id.empty()) event.id = random_uuid();
  if (!event.has("time")) event.attributes.emplace("time", rfc3339_of_ms(now_ms));
  const std::string_view trace = cause == nullptr ? std::string_view() : cause->attribute("traceparent");
  set(event, "traceparent", child_of(first_of(traceparent, trace)));
  if (cause != nullptr) return take_from(event, *cause);
  for (const std::string_view name :
       {std::string_view("causationid"), std::string_view("correlationid"), kHopsAttribute}) {
    set(event, name, {});
  }
  return {};
}

}  // namespace sojourn
