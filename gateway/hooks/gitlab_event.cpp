// GitLab. The headers are those of https://docs.gitlab.com/user/project/integrations/webhooks/; source and subject are
// those of the CloudEvents GitLab adapter,
// https://github.com/cloudevents/spec/blob/main/cloudevents/adapters/gitlab.md.
//
// The type is com.gitlab.EVENT, and EVENT is X-Gitlab-Event without ` Hook`, written as the adapter does: `Merge
// Request Hook` is merge_request. A confidential issue is an issue; a system hook says in its body what it is about.
//
// The id is Idempotency-Key, which stays the same when GitLab tries again, and X-Gitlab-Event-UUID where an older
// GitLab sends no key: events that a webhook's own doing has caused share the UUID with the one before, and would be
// taken for duplicates of it.
#include <algorithm>
#include <array>

#include "gateway/hooks/picked_fields.h"
#include "gateway/hooks/sender_events.h"
#include "gateway/signatures/shown_secret.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::string_view kSystemHook = "System Hook";

// Where the body says what it is about, the adapter's choice first.
constexpr std::array<std::string_view, 5> kSources = {"repository.homepage", "project.web_url", "project.homepage",
                                                      "commit.url", "group.web_url"};
struct Row {
  std::string_view event;
  std::string_view subject;
};
constexpr Row kSubjects[] = {
    {"push", "checkout_sha"},
    {"tag_push", "ref"},
    {"issue", "object_attributes.iid"},
    {"work_item", "object_attributes.iid"},
    {"merge_request", "object_attributes.iid"},
    {"note", "object_attributes.id"},
    {"wiki_page", "object_attributes.slug"},
    {"pipeline", "object_attributes.id"},
    {"job", "build_id"},
    {"deployment", "deployment_id"},
    {"release", "tag"},
    {"milestone", "object_attributes.iid"},
    {"feature_flag", "object_attributes.name"},
};

std::string_view subject_place(std::string_view event) {
  const auto* row = std::ranges::find(kSubjects, event, &Row::event);
  return row == std::end(kSubjects) ? std::string_view() : row->subject;
}

// `Confidential Issue Hook` as `issue`.
std::string event_name(std::string_view header) {
  if (header.ends_with(" Hook")) header.remove_suffix(5);
  if (header.starts_with("Confidential ")) header.remove_prefix(13);
  std::string name(header);
  for (char& c : name) c = c == ' ' ? '_' : ascii_lower(c);
  return name;
}

std::string_view first_of(const PickedFields& fields, std::span<const std::string_view> places) {
  for (const std::string_view place : places) {
    if (const std::string_view text = fields.text(place); !text.empty()) return text;
  }
  return {};
}

std::string_view id_of(const HookMessage& message) {
  const std::string_view key = only_field(message.headers, "idempotency-key").value_or("");
  return key.empty() ? only_field(message.headers, "x-gitlab-event-uuid").value_or("") : key;
}

}  // namespace

Result<HookOutcome> read_gitlab(const HookMessage& message) {
  const std::string_view header = only_field(message.headers, "x-gitlab-event").value_or("");
  if (header.empty()) {
    return Error(ErrorCode::kBadRequest, "every request of GitLab has one header `X-Gitlab-Event`, and this has not");
  }
  std::string name = event_name(header);
  std::vector<std::string_view> places(kSources.begin(), kSources.end());
  places.insert(places.end(), {"event_name", "object_kind", "object_attributes.created_at"});
  if (const std::string_view place = subject_place(name); !place.empty()) places.push_back(place);
  const auto fields = PickedFields::of(message.body, places);
  if (!fields.ok()) return fields.error();
  if (header == kSystemHook) {
    constexpr std::array<std::string_view, 2> kNames = {"event_name", "object_kind"};
    name = first_of(*fields, kNames);
    if (name.empty()) name = "system";
  }
  CloudEvent event;
  if (Status put = set(event, "id", id_of(message)); !put.ok()) return put.error();
  if (Status put = set(event, "type", "com.gitlab." + name); !put.ok()) return put.error();
  if (Status put = set(event, "source", first_of(*fields, kSources)); !put.ok()) return put.error();
  set_subject(event, fields->text(subject_place(name)));
  // The adapter takes this time of those alone that it is the time of.
  if (name == "note" || name == "merge_request") set_time(event, fields->text("object_attributes.created_at"));
  event.data = message.body;
  event.attributes["datacontenttype"] = "application/json";
  return HookOutcome(std::move(event));
}

}  // namespace sojourn
