#include "gateway/hooks/hook_event.h"

#include <charconv>

#include "gateway/hooks/form_fields.h"
#include "gateway/hooks/sender_check.h"
#include "gateway/hooks/sender_events.h"
#include "gateway/signatures/shown_secret.h"
#include "runtime/base/rfc3339.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

constexpr std::string_view kContentType = "datacontenttype";
constexpr std::size_t kTraceparentSize = 55;

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

Result<HookOutcome> read_by_scheme(const WebhookTrigger& hook, const HookMessage& message) {
  switch (hook.scheme) {
    case WebhookScheme::kGithub:
      return read_github(message);
    case WebhookScheme::kGitlab:
      return read_gitlab(message);
    case WebhookScheme::kStripe:
      return read_stripe(message);
    case WebhookScheme::kSlack:
      return read_slack(message);
    case WebhookScheme::kStandardWebhooks:
      return read_standard(message, signature_of(hook, message.headers));
    case WebhookScheme::kHmac:
    case WebhookScheme::kBearer:
    case WebhookScheme::kNone:
      break;
  }
  return read_plain(message, hook.signature);
}

bool is_delivery_of_body(const HookMessage& message) {
  return message.method == "POST" || message.method == "PUT";
}

std::string hash_of(const HookMessage& message) {
  if (is_delivery_of_body(message)) return Sha256::of(message.body).hex();
  Sha256 hash;
  hash.add(message.method);
  hash.add("?");
  hash.add(message.query);
  hash.add("\n");
  hash.add(message.body);
  return hash.finish().hex();
}

// The id by the header that the hook names, which goes before the sender's own way; then the hash.
Status complete_id(const WebhookTrigger& hook, const HookMessage& message, CloudEvent& event) {
  std::string_view chosen;
  if (!hook.id_header.empty()) {
    for (const HeaderField& field : message.headers) {
      if (field.name != hook.id_header) continue;
      if (!chosen.empty()) return bad("the header `" + hook.id_header + "`, the event's id, stands twice");
      chosen = field.value;
    }
  }
  if (!chosen.empty()) return set(event, "id", chosen);
  if (event.id.empty()) event.id = hash_of(message);
  return {};
}

Status complete(const WebhookTrigger& hook, const HookMessage& message, CloudEvent& event) {
  if (Status named = complete_id(hook, message, event); !named.ok()) return named;
  if (event.source.empty()) event.source = "/hooks" + hook.path;
  if (event.type.empty()) event.type = kHookEventType;
  if (event.attribute("time").empty()) event.attributes["time"] = rfc3339_of_ms(message.now_ms);
  if (event.attribute(kContentType).empty()) {
    const std::string_view type = only_field(message.headers, "content-type").value_or("");
    if (Status put = set(event, kContentType, type); !put.ok()) return put;
  }
  if (!is_delivery_of_body(message)) {
    if (Status put = set(event, "httpmethod", message.method); !put.ok()) return put;
    if (Status put = set(event, "httpquery", message.query); !put.ok()) return put;
  }
  const std::string_view trace = only_field(message.headers, "traceparent").value_or("");
  if (trace.size() == kTraceparentSize) {
    if (Status put = set(event, "traceparent", trace); !put.ok()) return put;
  }
  return check_event(event);
}

}  // namespace

Result<HookOutcome> read_hook(const WebhookTrigger& hook, const HookMessage& message) {
  auto outcome = read_by_scheme(hook, message);
  if (!outcome.ok()) return outcome.error();
  if (auto* event = std::get_if<CloudEvent>(&*outcome)) {
    if (Status whole = complete(hook, message, *event); !whole.ok()) return whole.error();
  }
  return outcome;
}

Status set(CloudEvent& event, std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  const std::size_t most = name == "id" ? kHookIdMax : kHookTextMax;
  if (value.size() > most) {
    return bad("the event's " + std::string(name) + " is longer than " + std::to_string(most) + " bytes, the limit");
  }
  return put_attribute(event, name, std::string(value));
}

void set_subject(CloudEvent& event, std::string_view value) {
  (void)set(event, "subject", value);
}

void set_time(CloudEvent& event, std::string_view text) {
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = !text.empty() && fault == std::errc() && end == text.data() + text.size();
  if (is_number && seconds >= 0 && seconds <= kSecondsMax) {
    event.attributes["time"] = rfc3339_of_ms(seconds * 1000);
  } else if (!is_number && parse_rfc3339(text)) {
    (void)put_attribute(event, "time", std::string(text));  // what is no time after all is left out
  }
}

Result<std::string_view> json_payload(const HookMessage& message, std::string& room) {
  if (!is_form(message.headers)) return message.body;
  auto form = read_form(message.body);
  if (!form.ok()) return form.error();
  const auto found = form->find("payload");
  if (found == form->end()) return bad("the form has no field `payload` with the JSON of the event");
  room = std::move(found->second);
  return std::string_view(room);
}

}  // namespace sojourn
