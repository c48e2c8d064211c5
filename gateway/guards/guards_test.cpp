// The guards that watch or divert calls, each in a chain with a script inside it.
#include <doctest/doctest.h>
#include <set>

#include "gateway/guards/guard_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

void say(InnerScript& script, int status, std::string body = {}, Fields headers = {}) {
  script.answers = [=](const RequestView&) { return ScriptedAnswer{status, headers, body, {}}; };
}

ScriptedAnswer failure(ErrorCode code) {
  ScriptedAnswer answer;
  answer.failure = CallFailure{code, "it failed", {}};
  return answer;
}

constexpr std::string_view kQuick = R"({"attempts":3,"backoff":{"initial":"1ms","max":"1ms"}})";

}  // namespace

TEST_CASE("rate limit: what is too much is refused with the time to come back, and costs no inner call") {
  GuardStage stage("rate-limit", R"({"perSecond":0.1,"burst":2})");
  CHECK(stage.get().outcome() == "200 ");
  CHECK(stage.get().outcome() == "200 ");
  const NotedCaller& refused = stage.get();
  CHECK(refused.outcome() == "rate_limited");
  CHECK(refused.failure->text == "rate-limit: more than 0.1 calls a second (burst 2)");
  CHECK(refused.failure->retry_after > 9s);
  CHECK(refused.failure->retry_after <= 10s);
  CHECK(stage.inner->asked.size() == 2);
  CHECK(stage.decided("passed") == 2);
  CHECK(stage.decided("refused") == 1);
}

TEST_CASE("circuit breaker: failures open it, then calls are refused without an inner call") {
  GuardStage stage("circuit-breaker", R"({"failures":2,"open":"1h"})");
  say(*stage.inner, 500);
  stage.get();
  stage.inner->answers = [](const RequestView&) { return failure(ErrorCode::kFunctionCrashed); };
  stage.get();
  const NotedCaller& refused = stage.get();
  CHECK(refused.outcome() == "no_capacity");
  CHECK(refused.failure->retry_after > 59min);
  CHECK(stage.inner->asked.size() == 2);
  CHECK(stage.decided("opened") == 1);
}

TEST_CASE("circuit breaker: it closes again after probes that succeed") {
  GuardStage stage("circuit-breaker", R"({"failures":1,"open":"20ms","probes":1})");
  say(*stage.inner, 503);
  stage.get();
  say(*stage.inner, 200);
  for (int looks = 0; looks < 500 && stage.get().outcome() != "200 "; ++looks) stage.run_for(5ms);
  CHECK(stage.get().outcome() == "200 ");
  CHECK(stage.decided("closed") == 1);
}

TEST_CASE("circuit breaker: what counts can be chosen, and a slow call can count") {
  GuardStage chosen("circuit-breaker", R"({"failures":1,"statuses":[429]})");
  say(*chosen.inner, 500);
  chosen.get();
  say(*chosen.inner, 429);
  CHECK(chosen.get().outcome() == "429 ");
  CHECK(chosen.get().outcome() == "no_capacity");
  GuardStage slow("circuit-breaker", R"({"failures":1,"slow":"1ms"})");
  slow.inner->answers = [](const RequestView&) { return ScriptedAnswer{.held = true}; };
  slow.ask();
  slow.run_for(20ms);
  slow.inner->asked[0].answer({});
  CHECK(slow.get().outcome() == "no_capacity");
}

TEST_CASE("retry: a failed request is sent again as it was, and the last answer is the client's") {
  GuardStage stage("retry", kQuick);
  stage.inner->answers = [&](const RequestView&) {
    const std::size_t attempt = stage.inner->asked.size();
    return attempt == 1 ? failure(ErrorCode::kFunctionCrashed) : ScriptedAnswer{attempt == 2 ? 503 : 200, {}, "ok", {}};
  };
  NotedCaller& caller = stage.ask("PUT", "/a?b", {{"x-one", "1"}}, "body");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 ok");
  REQUIRE(stage.inner->asked.size() == 3);
  const InnerScript::Asked& last = stage.inner->asked[2];
  CHECK(last.request.view().method == "PUT");
  CHECK(last.request.view().path == "/a");
  CHECK(last.request.view().query == "b");
  CHECK(last.request.view().body == "body");
  CHECK(last.header("x-one") == "1");
}

TEST_CASE("retry: after the last attempt the failure stays what it is") {
  GuardStage stage("retry", kQuick);
  stage.inner->answers = [](const RequestView&) { return failure(ErrorCode::kOutOfMemory); };
  CHECK(stage.get().outcome() == "out_of_memory");
  CHECK(stage.inner->asked.size() == 3);
  CHECK(stage.decided("gave_up") == 1);
}

TEST_CASE("retry: a request that is not idempotent is sent once, unless it is marked") {
  GuardStage stage("retry", kQuick);
  say(*stage.inner, 503);
  stage.get("/", {}, "POST");
  CHECK(stage.inner->asked.size() == 1);
  stage.get("/", {{"idempotency-key", "1"}}, "POST");
  CHECK(stage.inner->asked.size() == 4);
}

TEST_CASE("retry: a stream that began is not repeated, and neither is an answer that is none of the statuses") {
  GuardStage stage("retry", kQuick);
  stage.inner->answers = [](const RequestView&) {
    return ScriptedAnswer{.status = 503, .headers = {}, .body = "flow", .failure = {}, .stream = true};
  };
  CHECK(stage.get().body == "flow");
  say(*stage.inner, 500);
  CHECK(stage.get().status == 500);
  CHECK(stage.inner->asked.size() == 2);
}

TEST_CASE("retry: when time would be over before the next attempt, the answer is passed on at once") {
  GuardStage stage("retry", "");
  say(*stage.inner, 503, "later", {{"retry-after", "60"}});
  CHECK(stage.get().outcome() == "503 later");
  CHECK(stage.inner->asked.size() == 1);
}

TEST_CASE("retry: a client that goes while it waits ends it") {
  GuardStage stage("retry", R"({"backoff":{"initial":"200ms","jitter":"none"}})");
  say(*stage.inner, 503);
  NotedCaller& caller = stage.ask();
  REQUIRE(stage.run_until([&] { return stage.decided("repeated") == 1; }));
  caller.handle.reset();
  stage.run_for(400ms);
  CHECK(stage.inner->asked.size() == 1);
}

TEST_CASE("mirror: a copy goes to the other function, and its failure does not touch the call") {
  GuardStage stage("mirror", R"({"to":"shadow"})");
  stage.others["shadow"] = std::make_shared<InnerScript>();
  stage.others["shadow"]->answers = [](const RequestView&) { return failure(ErrorCode::kFunctionCrashed); };
  say(*stage.inner, 200, "real");
  NotedCaller& caller = stage.ask("POST", "/a", {{"x-one", "1"}}, "body");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 real");
  REQUIRE(stage.run_until([&] { return stage.decided("copy_failed") == 1; }));
  CHECK(stage.others["shadow"]->asked[0].request.view().body == "body");
  CHECK(stage.others["shadow"]->asked[0].header("x-one") == "1");
}

TEST_CASE("mirror: copies are bounded, outlive the client, and are sent for their share of the calls") {
  GuardStage stage("mirror", R"({"to":"shadow","most":2})");
  stage.others["shadow"] = std::make_shared<InnerScript>();
  stage.others["shadow"]->answers = [](const RequestView&) { return ScriptedAnswer{.held = true}; };
  for (int i = 0; i < 5; ++i) stage.get();
  auto& copies = stage.others["shadow"]->asked;
  CHECK(copies.size() == 2);
  CHECK(stage.decided("over_most") == 3);
  stage.callers.clear();
  CHECK_FALSE(copies[0].dropped);
  copies[0].answer({});
  stage.get();
  CHECK(copies.size() == 3);
  for (auto* copy : {&copies[1], &copies[2]}) copy->answer({});
  GuardStage some("mirror", R"({"to":"shadow","percent":50})");
  for (int i = 0; i < 400; ++i) some.get();
  CHECK(some.decided("copied") > 120);
  CHECK(some.decided("not_chosen") > 120);
}

TEST_CASE("split: calls go where the weights say, and a function that is gone is said to be") {
  GuardStage stage("split", R"({"weights":{"self":50,"other":50,"never":0}})");
  stage.others["other"] = std::make_shared<InnerScript>();
  say(*stage.inner, 200, "self");
  say(*stage.others["other"], 200, "other");
  for (int i = 0; i < 200; ++i) stage.get();
  CHECK(stage.count("200 self") > 50);
  CHECK(stage.count("200 other") > 50);
  CHECK(stage.count("200 self") + stage.count("200 other") == 200);
  GuardStage gone("split", R"({"weights":{"other":1}})");
  CHECK(gone.get().outcome() == "function_not_found");
}

TEST_CASE("split: the same value goes to the same target") {
  GuardStage stage("split", R"({"weights":{"self":50,"other":50},"sticky":"header:x-user"})");
  stage.others["other"] = std::make_shared<InnerScript>();
  say(*stage.inner, 200, "self");
  say(*stage.others["other"], 200, "other");
  std::set<std::string> seen;
  for (int user = 0; user < 20; ++user) {
    const Fields headers = {{"x-user", std::to_string(user)}};
    const std::string first = stage.get("/", headers).body;
    seen.insert(first);
    for (int i = 0; i < 5; ++i) CHECK(stage.get("/", headers).body == first);
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("split: a call without the cookie gets one, which brings it to the same target again") {
  GuardStage stage("split", R"({"weights":{"self":50,"other":50},"sticky":"cookie:variant"})");
  stage.others["other"] = std::make_shared<InnerScript>();
  say(*stage.inner, 200, "self");
  say(*stage.others["other"], 200, "other");
  for (int i = 0; i < 20; ++i) {
    const NotedCaller& first = stage.get();
    const std::string cookie = header_of(first, "set-cookie");
    REQUIRE(cookie.starts_with("variant="));
    CHECK(cookie.ends_with("; Path=/function/api; Max-Age=2592000; HttpOnly; SameSite=Lax"));
    const NotedCaller& second = stage.get("/", {{"cookie", cookie.substr(0, cookie.find(';'))}});
    CHECK(second.body == first.body);
    CHECK(header_of(second, "set-cookie") == "none");
  }
}

}  // namespace sojourn
