// Slack, which sends three things:
//   events        https://docs.slack.dev/apis/events-api      JSON: event_id, event.type, event_time
//   interactions  https://docs.slack.dev/interactivity        a form with JSON in `payload`: type, trigger_id
//   commands      https://docs.slack.dev/interactivity/implementing-slash-commands   a form: command, trigger_id
// The fields of a command become a JSON object, so that they can be matched. Its url_verification is answered with the
// challenge; X-Slack-Retry-Num needs nothing, since a second try has the same id.
#include <array>
#include <nlohmann/json.hpp>

#include "gateway/hooks/form_fields.h"
#include "gateway/hooks/picked_fields.h"
#include "gateway/hooks/sender_events.h"

namespace sojourn {
namespace {

constexpr std::string_view kPrefix = "com.slack.";

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

Result<HookOutcome> event_of(std::string_view type, std::string_view id, std::string_view subject,
                             std::string_view data) {
  CloudEvent event;
  if (Status put = set(event, "type", std::string(kPrefix).append(type)); !put.ok()) return put.error();
  if (Status put = set(event, "id", id); !put.ok()) return put.error();
  set_subject(event, subject);
  event.data = data;
  event.attributes["datacontenttype"] = "application/json";
  return HookOutcome(std::move(event));
}

Result<HookOutcome> read_command(const FormFields& form) {
  const auto field = [&](std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : std::string_view(found->second);
  };
  if (field("ssl_check") == "1") return HookOutcome(HookAnswer{"text/plain; charset=utf-8", ""});
  if (field("command").empty()) return bad("the form has neither `payload` nor `command`, one of which Slack sends");
  return event_of("slash_command", field("trigger_id"), field("command"), nlohmann::json(form).dump());
}

Result<HookOutcome> read_json(std::string_view json) {
  constexpr std::array<std::string_view, 6> kPlaces = {"type",       "challenge",  "event_id",
                                                       "trigger_id", "event.type", "event_time"};
  const auto fields = PickedFields::of(json, kPlaces);
  if (!fields.ok()) return fields.error();
  const std::string_view type = fields->text("type");
  if (type.empty()) return bad("everything that Slack sends has a `type`, and this has not");
  if (type == "url_verification") {
    return HookOutcome(HookAnswer{"text/plain; charset=utf-8", std::string(fields->text("challenge"))});
  }
  const bool is_event = type == "event_callback" && !fields->text("event.type").empty();
  const std::string_view id = fields->text("event_id").empty() ? fields->text("trigger_id") : fields->text("event_id");
  auto outcome = event_of(is_event ? fields->text("event.type") : type, id, {}, json);
  if (outcome.ok()) set_time(std::get<CloudEvent>(*outcome), fields->text("event_time"));
  return outcome;
}

}  // namespace

Result<HookOutcome> read_slack(const HookMessage& message) {
  if (!is_form(message.headers)) return read_json(message.body);
  const auto form = read_form(message.body);
  if (!form.ok()) return form.error();
  const auto payload = form->find("payload");
  return payload == form->end() ? read_command(*form) : read_json(payload->second);
}

}  // namespace sojourn
