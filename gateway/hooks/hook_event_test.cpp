#include "gateway/hooks/hook_event.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Headers = std::vector<HeaderField>;

constexpr std::int64_t kNow = 1'795'348'800'250;  // 2026-11-22T12:00:00.250Z

WebhookTrigger hook_of(WebhookScheme scheme) {
  WebhookTrigger hook;
  hook.path = "/in";
  hook.scheme = scheme;
  return hook;
}

WebhookTrigger standard_hook() {
  WebhookTrigger hook = hook_of(WebhookScheme::kStandardWebhooks);
  hook.signature = *known_scheme("standard-webhooks");
  return hook;
}

CloudEvent event_of(const WebhookTrigger& hook, const Headers& headers, std::string_view body) {
  const auto outcome = read_hook(hook, {headers, body, kNow});
  REQUIRE_MESSAGE(outcome.ok(), outcome.error().text());
  REQUIRE(std::holds_alternative<CloudEvent>(*outcome));
  return std::get<CloudEvent>(*outcome);
}

CloudEvent event_of(WebhookScheme scheme, const Headers& headers, std::string_view body) {
  return event_of(hook_of(scheme), headers, body);
}

HookAnswer answer_to(WebhookScheme scheme, const Headers& headers, std::string_view body) {
  const auto outcome = read_hook(hook_of(scheme), {headers, body, kNow});
  REQUIRE_MESSAGE(outcome.ok(), outcome.error().text());
  REQUIRE(std::holds_alternative<HookAnswer>(*outcome));
  return std::get<HookAnswer>(*outcome);
}

std::string error_of(const WebhookTrigger& hook, const Headers& headers, std::string_view body) {
  const auto outcome = read_hook(hook, {headers, body, kNow});
  return outcome.ok() ? "none" : outcome.error().text();
}

Headers github_headers(std::string_view event) {
  return {{"x-github-event", event}, {"x-github-delivery", "d-1"}, {"content-type", "application/json"}};
}

// What the adapter's page says of an event: type, source, subject and time.
void check_github(std::string_view event, std::string_view body, const std::vector<std::string>& expected) {
  CAPTURE(event);
  const CloudEvent made = event_of(WebhookScheme::kGithub, github_headers(event), body);
  CHECK(made.id == "d-1");
  CHECK(made.type == expected[0]);
  CHECK(made.source == expected[1]);
  CHECK(made.attribute("subject") == expected[2]);
  CHECK(made.attribute("time") == (expected[3].empty() ? "2026-11-22T12:00:00.250Z" : expected[3]));
  CHECK(made.data == body);
  CHECK(made.attribute("datacontenttype") == "application/json");
}

}  // namespace

TEST_CASE("hook event: GitHub's events have the adapter's source, subject and time") {
  check_github("push", R"({"ref": "refs/heads/main", "repository": {"url": "https://github.com/o/r"}})",
               {"com.github.push", "https://github.com/o/r", "refs/heads/main", ""});
  check_github(
      "pull_request",
      R"({"action":"opened","number":7,"pull_request":{"updated_at":"2019-05-15T15:20:33Z"},"repository":{"url":"https://api/r"}})",
      {"com.github.pull_request.opened", "https://api/r", "7", "2019-05-15T15:20:33Z"});
  check_github(
      "check_run",
      R"({"action":"created","check_run":{"id":128620228,"completed_at":null,"started_at":"2019-05-15T15:21:12Z"},
                   "repository":{"url":"https://api/r"}})",
      {"com.github.check_run.created", "https://api/r", "128620228", "2019-05-15T15:21:12Z"});
  check_github(
      "commit_comment",
      R"({"action":"created","comment":{"url":"https://api/c/1","commit_id":"abc","id":1,"updated_at":"bad"}})",
      {"com.github.commit_comment.created", "https://api/c/1/abc", "1", ""});
  check_github("marketplace_purchase",
               R"({"action":"purchased","sender":{"url":"https://api.github.com/users/ada"},
                   "marketplace_purchase":{"account":{"login":"shop"}},"effective_date":"2017-10-25T00:00:00+00:00"})",
               {"com.github.marketplace_purchase.purchased", "https://api.github.com/users", "shop",
                "2017-10-25T00:00:00+00:00"});
  check_github(
      "installation",
      R"({"action":"deleted","installation":{"id":2,"updated_at":1557933591,"account":{"url":"https://api/u"}}})",
      {"com.github.installation.deleted", "https://api/u", "2", "2019-05-15T15:19:51.000Z"});
  check_github("security_advisory", R"({"action":"published","repository":{"url":"https://api/r"},"security_advisory":
                   {"ghsa_id":"GHSA-1"}})",
               {"com.github.security_advisory.published", "github.com", "GHSA-1", ""});
}

TEST_CASE("hook event: an event of GitHub that the adapter does not know has a type and a source all the same") {
  check_github("merge_group", R"({"action":"checks_requested","organization":{"url":"https://api/orgs/o"}})",
               {"com.github.merge_group.checks_requested", "https://api/orgs/o", "", ""});
  check_github("sponsorship", "{}", {"com.github.sponsorship", "github.com", "", ""});
}

TEST_CASE("hook event: GitHub's form has the JSON in its payload") {
  Headers headers = github_headers("push");
  headers.back().value = "application/x-www-form-urlencoded";
  const CloudEvent made =
      event_of(WebhookScheme::kGithub, headers, "payload=%7B%22ref%22%3A%22main%22%2C%22x%22%3A%22a+b%22%7D");
  CHECK(made.data == R"({"ref":"main","x":"a b"})");
  CHECK(made.attribute("subject") == "main");
  CHECK(made.attribute("datacontenttype") == "application/json");
  CHECK(error_of(hook_of(WebhookScheme::kGithub), headers, "other=1").find("`payload`") != std::string::npos);
}

TEST_CASE("hook event: GitHub's ping is answered and begins nothing") {
  CHECK(answer_to(WebhookScheme::kGithub, github_headers("ping"), R"({"zen":"."})").body == "pong\n");
}

TEST_CASE("hook event: a request of GitHub without its headers is refused by their names") {
  const WebhookTrigger hook = hook_of(WebhookScheme::kGithub);
  CHECK(error_of(hook, {{"x-github-delivery", "1"}}, "{}").find("X-GitHub-Event") != std::string::npos);
  CHECK(error_of(hook, {{"x-github-event", "push"}}, "{}").find("X-GitHub-Delivery") != std::string::npos);
  CHECK(error_of(hook, {{"x-github-event", "push"}, {"x-github-delivery", "1"}, {"x-github-delivery", "2"}}, "{}")
            .find("X-GitHub-Delivery") != std::string::npos);
  CHECK(error_of(hook, github_headers("push"), "[]").find("JSON object") != std::string::npos);
}

TEST_CASE("hook event: GitLab's events are named by the header, and told apart by the key that GitLab retries with") {
  const auto made = [](Headers headers, std::string_view body) {
    return event_of(WebhookScheme::kGitlab, headers, body);
  };
  const CloudEvent merge = made({{"x-gitlab-event", "Merge Request Hook"}, {"x-gitlab-event-uuid", "u-1"}},
                                R"({"object_kind":"merge_request","repository":{"homepage":"https://gitlab/o/r"},
               "object_attributes":{"iid":3,"created_at":"2013-12-03 17:23:34 UTC"}})");
  CHECK(merge.id == "u-1");
  CHECK(merge.type == "com.gitlab.merge_request");
  CHECK(merge.source == "https://gitlab/o/r");
  CHECK(merge.attribute("subject") == "3");
  CHECK(merge.attribute("time") == "2026-11-22T12:00:00.250Z");
  const Headers with_key = {
      {"x-gitlab-event", "Confidential Issue Hook"}, {"x-gitlab-event-uuid", "u-1"}, {"idempotency-key", "k-1"}};
  CHECK(made(with_key, "{}").id == "k-1");
  CHECK(made(with_key, "{}").type == "com.gitlab.issue");
  CHECK(made(with_key, "{}").source == "/hooks/in");
  CHECK(made({{"x-gitlab-event", "System Hook"}}, R"({"event_name":"user_create"})").type == "com.gitlab.user_create");
  CHECK(made({{"x-gitlab-event", "Job Hook"}}, R"({"build_id":9})").attribute("subject") == "9");
  CHECK(made({{"x-gitlab-event", "Push Hook"}}, "{}").id == Sha256::of("{}").hex());
  CHECK(error_of(hook_of(WebhookScheme::kGitlab), {}, "{}").find("X-Gitlab-Event") != std::string::npos);
}

TEST_CASE("hook event: Stripe's id, type, time and object, of either kind of event") {
  const Headers headers = {{"content-type", "application/json; charset=utf-8"}};
  const CloudEvent made = event_of(WebhookScheme::kStripe, headers,
                                   R"({"id":"evt_1","object":"event","type":"charge.succeeded","created":1680064028,
                                       "data":{"object":{"id":"ch_1"}}})");
  CHECK(made.id == "evt_1");
  CHECK(made.type == "com.stripe.charge.succeeded");
  CHECK(made.source == "/hooks/in");
  CHECK(made.attribute("subject") == "ch_1");
  CHECK(made.attribute("time") == "2023-03-29T04:27:08.000Z");
  const CloudEvent thin =
      event_of(WebhookScheme::kStripe, headers,
               R"({"id":"evt_2","type":"v1.billing.meter.error","created":"2024-09-17T06:20:52.246Z",
                                       "related_object":{"id":"mtr_1"}})");
  CHECK(thin.attribute("subject") == "mtr_1");
  CHECK(thin.attribute("time") == "2024-09-17T06:20:52.246Z");
  CHECK(error_of(hook_of(WebhookScheme::kStripe), headers, R"({"type":"x"})").find("`id`") != std::string::npos);
  CHECK(error_of(hook_of(WebhookScheme::kStripe), headers, "plain").find("JSON object") != std::string::npos);
}

TEST_CASE("hook event: Slack's challenge is answered as text, and begins nothing") {
  const HookAnswer answer =
      answer_to(WebhookScheme::kSlack, {}, R"({"token":"t","challenge":"3eZbrw1aB","type":"url_verification"})");
  CHECK(answer.content_type == "text/plain; charset=utf-8");
  CHECK(answer.body == "3eZbrw1aB");
  CHECK(answer_to(WebhookScheme::kSlack, {{"content-type", "application/x-www-form-urlencoded"}}, "ssl_check=1&token=t")
            .body.empty());
}

TEST_CASE("hook event: Slack's events, interactions and commands") {
  const CloudEvent event = event_of(
      WebhookScheme::kSlack, {{"content-type", "application/json"}},
      R"({"type":"event_callback","event_id":"Ev0PV52K25","event_time":1355517523,"event":{"type":"reaction_added"}})");
  CHECK(event.id == "Ev0PV52K25");
  CHECK(event.type == "com.slack.reaction_added");
  CHECK(event.attribute("time") == "2012-12-14T20:38:43.000Z");

  const Headers form = {{"content-type", "application/x-www-form-urlencoded"}};
  const CloudEvent command =
      event_of(WebhookScheme::kSlack, form, "command=%2Fweather&text=94070+now&trigger_id=13345224609.738474920.8088");
  CHECK(command.type == "com.slack.slash_command");
  CHECK(command.id == "13345224609.738474920.8088");
  CHECK(command.attribute("subject") == "/weather");
  CHECK(command.attribute("datacontenttype") == "application/json");
  CHECK(nlohmann::json::parse(command.data).at("text") == "94070 now");

  const CloudEvent click = event_of(WebhookScheme::kSlack, form,
                                    "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%2212.3%22%7D");
  CHECK(click.type == "com.slack.block_actions");
  CHECK(click.id == "12.3");
  CHECK(click.data == R"({"type":"block_actions","trigger_id":"12.3"})");
  CHECK(error_of(hook_of(WebhookScheme::kSlack), form, "a=1").find("neither `payload` nor `command`") !=
        std::string::npos);
}

TEST_CASE("hook event: Standard Webhooks takes the data out, byte for byte") {
  const Headers headers = {{"webhook-id", "msg_1"}, {"webhook-timestamp", "1674087231"}};
  const CloudEvent made =
      event_of(standard_hook(), headers,
               R"({"type":"user.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"n": 1.10, "id":[1]} })");
  CHECK(made.id == "msg_1");
  CHECK(made.type == "user.created");
  CHECK(made.attribute("time") == "2022-11-03T20:26:10.344522Z");
  CHECK(made.data == R"({"n": 1.10, "id":[1]})");
  CHECK(made.attribute("datacontenttype") == "application/json");

  const CloudEvent whole = event_of(standard_hook(), headers, R"({"type":"user.created","user":1})");
  CHECK(whole.type == "user.created");
  CHECK(whole.data == R"({"type":"user.created","user":1})");
  CHECK(whole.attribute("time") == "2023-01-19T00:13:51.000Z");

  for (const char* body : {R"({"data":{"a":1}})", "plain text", "[1]", ""}) {
    CAPTURE(body);
    const CloudEvent other = event_of(standard_hook(), headers, body);
    CHECK(other.type == "io.sojourn.webhook");
    CHECK(other.data == body);
  }
}

TEST_CASE("hook event: Svix's names count where the request was signed under them, and not beside the standard's") {
  const Headers svix = {{"svix-id", "msg_s"}, {"svix-timestamp", "1674087231"}, {"svix-signature", "v1,x"}};
  CHECK(event_of(standard_hook(), svix, "{}").id == "msg_s");
  Headers both = svix;
  both.insert(both.end(), {{"webhook-id", "msg_w"}, {"webhook-signature", "v1,x"}});
  CHECK(event_of(standard_hook(), both, "{}").id == "msg_w");
  Headers mixed = svix;
  mixed.push_back({"webhook-id", "msg_w"});
  CHECK(event_of(standard_hook(), mixed, "{}").id == "msg_s");
}

TEST_CASE("hook event: other senders' bodies are data as they are") {
  const std::string body("\x00\xff binary", 9);
  const CloudEvent made = event_of(WebhookScheme::kNone, {{"content-type", "application/octet-stream"}}, body);
  CHECK(made.type == "io.sojourn.webhook");
  CHECK(made.source == "/hooks/in");
  CHECK(made.id == Sha256::of(body).hex());
  CHECK(made.data == body);
  CHECK(made.attribute("datacontenttype") == "application/octet-stream");
  CHECK(event_of(WebhookScheme::kNone, {}, "x").attribute("datacontenttype").empty());

  WebhookTrigger hook = hook_of(WebhookScheme::kHmac);
  hook.signature.timestamp = "x-time";
  hook.signature.timestamp_prefix = "t=";
  hook.signature.id = "x-id";
  const CloudEvent timed = event_of(hook, {{"x-time", "t=1674087231"}, {"x-id", "m-1"}}, "x");
  CHECK(timed.id == "m-1");
  CHECK(timed.attribute("time") == "2023-01-19T00:13:51.000Z");
}

TEST_CASE("hook event: the hook's idHeader goes before the sender's own id, and the body's hash stands in for it") {
  WebhookTrigger hook = hook_of(WebhookScheme::kGithub);
  hook.id_header = "x-request-id";
  Headers headers = github_headers("push");
  CHECK(event_of(hook, headers, "{}").id == "d-1");
  headers.push_back({"x-request-id", "r-1"});
  CHECK(event_of(hook, headers, "{}").id == "r-1");
  headers.push_back({"x-request-id", "r-2"});
  CHECK(error_of(hook, headers, "{}").find("stands twice") != std::string::npos);
}

TEST_CASE("hook event: without a body to deliver the method and the query are the event") {
  const auto made = [](std::string_view method, std::string_view query, std::string_view body = {}) {
    const Headers none;
    auto outcome = read_hook(hook_of(WebhookScheme::kNone), {none, body, kNow, method, query});
    REQUIRE(outcome.ok());
    return std::get<CloudEvent>(*outcome);
  };
  const CloudEvent one = made("GET", "room=7");
  CHECK(one.attribute("httpmethod") == "GET");
  CHECK(one.attribute("httpquery") == "room=7");
  CHECK(one.data.empty());
  CHECK(one.id == Sha256::of("GET?room=7\n").hex());
  CHECK(made("GET", "room=7").id == one.id);
  for (const CloudEvent& other :
       {made("GET", "room=8"), made("HEAD", "room=7"), made("GET", "room=7", "x"), made("GET", "")}) {
    CHECK(other.id != one.id);
  }
  const CloudEvent put = made("PUT", "room=7", "x");
  CHECK(put.id == Sha256::of("x").hex());
  CHECK(put.attribute("httpmethod").empty());
  CHECK(put.attribute("httpquery").empty());
}

TEST_CASE("hook event: texts from outside are bounded, by name") {
  WebhookTrigger hook = hook_of(WebhookScheme::kNone);
  hook.id_header = "x-id";
  const std::string long_id(10'240, 'i');
  CHECK(error_of(hook, {{"x-id", long_id}}, "") == "the event's id is longer than 256 bytes, the limit");
  CHECK(error_of(hook, {{"x-id", std::string_view("a\0b", 3)}}, "").find("attribute id") != std::string::npos);
  CHECK(error_of(hook, {{"x-id", "caf\xe9"}}, "").find("attribute id") != std::string::npos);
  CHECK(error_of(hook_of(WebhookScheme::kStripe), {}, R"({"id":"e\u0000","type":"t"})").find("attribute id") !=
        std::string::npos);
  const std::string long_type = R"({"id":"e","type":")" + std::string(3000, 't') + "\"}";
  CHECK(error_of(hook_of(WebhookScheme::kStripe), {}, long_type) ==
        "the event's type is longer than 2048 bytes, the limit");
}

TEST_CASE("hook event: a subject that can be none is left out, and the event stays") {
  const std::string long_subject(kHookTextMax + 1, 's');
  for (const std::string& subject : {long_subject, std::string("line\\nbreak")}) {
    const CloudEvent made = event_of(WebhookScheme::kGithub, github_headers("push"), R"({"ref":")" + subject + "\"}");
    CHECK_FALSE(made.has("subject"));
    CHECK(made.type == "com.github.push");
  }
}

TEST_CASE("hook event: a trace goes on with the event") {
  constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CHECK(event_of(WebhookScheme::kNone, {{"traceparent", kTrace}}, "").attribute("traceparent") == kTrace);
  CHECK(event_of(WebhookScheme::kNone, {{"traceparent", "00-1"}}, "").attribute("traceparent").empty());
}

}  // namespace sojourn
