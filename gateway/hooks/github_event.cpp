// GitHub, by the CloudEvents GitHub adapter:
// https://github.com/cloudevents/spec/blob/main/cloudevents/adapters/github.md
//
// The table has the adapter's source, subject and time of each event; one that it does not list has a source all the
// same. The type is com.github.EVENT, and .ACTION where the body has an action, by one rule for all of them: EVENT is
// what X-GitHub-Event says (docs/decisions/webhooks.md names the few that the adapter spells otherwise).
#include <algorithm>
#include <vector>

#include "gateway/hooks/picked_fields.h"
#include "gateway/hooks/sender_events.h"
#include "gateway/signatures/shown_secret.h"

namespace sojourn {
namespace {

// Places in the body (picked_fields.h). `a|b`: the first that is there. `a/b`: both, with a slash between. `=text`:
// that.
struct Row {
  std::string_view event;
  std::string_view source;
  std::string_view subject;
  std::string_view time;  // empty: the time of acceptance
};

constexpr std::string_view kRepository = "repository.url";
constexpr std::string_view kOwner = "repository.owner.url";
constexpr std::string_view kAccount = "installation.account.url";
// Of an event without a row, or whose own source is not there.
constexpr std::string_view kAnySource =
    "repository.url|organization.url|enterprise.html_url|installation.account.url|sender.url|=github.com";

constexpr Row kRows[] = {
    {"check_run", kRepository, "check_run.id", "check_run.completed_at|check_run.started_at"},
    {"check_suite", kRepository, "check_suite.id", "check_suite.updated_at"},
    {"commit_comment", "comment.url/comment.commit_id", "comment.id", "comment.updated_at"},
    {"content_reference", kRepository, "content_reference.id", ""},
    {"create", kRepository, "ref", ""},
    {"delete", kRepository, "ref", ""},
    {"deploy_key", kRepository, "key.id", "key.deleted_at|key.created_at"},
    {"deployment", kRepository, "deployment.id", "deployment.updated_at"},
    {"deployment_status", "deployment.url", "deployment_status.url", "deployment_status.updated_at"},
    {"fork", kRepository, "forkee.url", "forkee.created_at"},
    {"github_app_authorization", "sender.url", "", ""},
    {"gollum", kRepository, "", ""},
    {"installation", kAccount, "installation.id", "installation.updated_at"},
    {"installation_repositories", kAccount, "installation.id", "installation.updated_at"},
    {"issue_comment", "issue.url", "comment.id", "comment.updated_at"},
    {"issues", kRepository, "issue.number", "issue.updated_at"},
    {"label", kRepository, "label.name", ""},
    {"marketplace_purchase", "sender.url", "marketplace_purchase.account.login", "effective_date"},
    {"member", kRepository, "member.login", ""},
    {"membership", "team.url", "member.login", ""},
    {"meta", kRepository, "hook_id", "hook.updated_at"},
    {"milestone", kRepository, "milestone.number", "milestone.updated_at"},
    {"org_block", "organization.url", "blocked_user.login", ""},
    {"organization", "organization.url", "membership.user.login", ""},
    {"page_build", kRepository, "build.url", "pusher.updated_at"},
    {"project", kRepository, "project.id", "project.updated_at"},
    {"project_card", kRepository, "project_card.id", "project_card.updated_at"},
    {"project_column", kRepository, "project_column.id", "project_column.updated_at"},
    {"public", kOwner, "repository.name", "repository.updated_at"},
    {"pull_request", kRepository, "number", "pull_request.updated_at"},
    {"pull_request_review", "pull_request.url", "review.id", "review.submitted_at"},
    {"pull_request_review_comment", "pull_request.url", "comment.id", "pull_request.updated_at"},
    {"push", kRepository, "ref", ""},
    {"registry_package", kRepository, "registry_package.html_url", "registry_package.updated_at"},
    {"release", kRepository, "release.id", "release.published_at|release.created_at"},
    {"repository", kOwner, "repository.name", "repository.updated_at"},
    {"repository_import", kOwner, "repository.name", "repository.updated_at"},
    {"repository_vulnerability_alert", kRepository, "alert.id", ""},
    {"security_advisory", "=github.com", "security_advisory.ghsa_id", "security_advisory.updated_at"},
    {"star", kRepository, "", "starred_at"},
    {"status", kRepository, "sha", "updated_at"},
    {"team", kRepository, "team.id", "updated_at"},
    {"team_add", kRepository, "team.id", ""},
    {"watch", kRepository, "", ""},
};

const Row* row_of(std::string_view event) {
  const auto* row = std::ranges::find(kRows, event, &Row::event);
  return row == std::end(kRows) ? nullptr : row;
}

// Calls `part(text)` for each text between separators.
template <class Part>
void for_each_part(std::string_view text, char separator, Part&& part) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void collect_places(std::string_view from, std::vector<std::string_view>& places) {
  for_each_part(from, '|', [&](std::string_view choice) {
    if (choice.starts_with('=')) return;
    for_each_part(choice, '/', [&](std::string_view place) {
      if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    });
  });
}

// What one of a row's columns says of this body; empty when nothing is there.
std::string value_of(std::string_view column, const PickedFields& fields) {
  std::string value;
  for_each_part(column, '|', [&](std::string_view choice) {
    if (!value.empty()) return;
    if (choice.starts_with('=')) value = choice.substr(1);
    if (choice.starts_with('=')) return;
    bool is_whole = true;
    for_each_part(choice, '/', [&](std::string_view place) {
      const std::string_view text = fields.text(place);
      is_whole = is_whole && !text.empty();
      value.append(value.empty() ? "" : "/").append(text);
    });
    if (!is_whole) value.clear();
  });
  return value;
}

std::string source_of(const Row* row, const PickedFields& fields) {
  std::string source = row == nullptr ? std::string() : value_of(row->source, fields);
  if (source.empty()) return value_of(kAnySource, fields);
  // The adapter leaves the user's name out of this one.
  if (row->event == "marketplace_purchase") source.resize(std::min(source.rfind('/'), source.size()));
  return source;
}

Result<PickedFields> read_fields(std::string_view json, const Row* row) {
  std::vector<std::string_view> places = {"action"};
  collect_places(kAnySource, places);
  if (row != nullptr) {
    for (const std::string_view column : {row->source, row->subject, row->time}) collect_places(column, places);
  }
  return PickedFields::of(json, places);
}

Status fill(CloudEvent& event, std::string_view name, std::string_view delivery, const PickedFields& fields) {
  const Row* const row = row_of(name);
  std::string type = "com.github." + std::string(name);
  if (const std::string_view action = fields.text("action"); !action.empty()) type.append(".").append(action);
  if (Status put = set(event, "id", delivery); !put.ok()) return put;
  if (Status put = set(event, "type", type); !put.ok()) return put;
  if (Status put = set(event, "source", source_of(row, fields)); !put.ok()) return put;
  if (row == nullptr) return {};
  set_time(event, value_of(row->time, fields));
  set_subject(event, value_of(row->subject, fields));
  return {};
}

Error missing(std::string_view header) {
  return Error(ErrorCode::kBadRequest,
               "every delivery of GitHub has one header `" + std::string(header) + "`, and this has not");
}

}  // namespace

Result<HookOutcome> read_github(const HookMessage& message) {
  const auto name = only_field(message.headers, "x-github-event");
  if (!name || name->empty()) return missing("X-GitHub-Event");
  if (*name == "ping") return HookOutcome(HookAnswer{"text/plain; charset=utf-8", "pong\n"});
  const auto delivery = only_field(message.headers, "x-github-delivery");
  if (!delivery || delivery->empty()) return missing("X-GitHub-Delivery");
  std::string room;
  const auto json = json_payload(message, room);
  if (!json.ok()) return json.error();
  const auto fields = read_fields(*json, row_of(*name));
  if (!fields.ok()) return fields.error();
  CloudEvent event;
  if (Status filled = fill(event, *name, *delivery, *fields); !filled.ok()) return filled.error();
  event.data = *json;
  event.attributes["datacontenttype"] = "application/json";
  return HookOutcome(std::move(event));
}

}  // namespace sojourn
