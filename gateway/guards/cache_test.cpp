#include "gateway/guards/cache.h"

#include <doctest/doctest.h>

#include "gateway/guards/guard_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

struct CacheStage : GuardStage {
  explicit CacheStage(std::string_view with = "") : GuardStage("cache", with) {
    say({{"cache-control", "max-age=60"}});
  }

  // Every call is answered with its number, and these fields.
  void say(Fields headers, int status = 200) {
    inner->answers = [this, headers = std::move(headers), status](const RequestView&) {
      return ScriptedAnswer{status, headers, "reply " + std::to_string(inner->asked.size()), {}};
    };
  }
  void hold() {
    inner->answers = [](const RequestView&) { return ScriptedAnswer{.held = true}; };
  }
  std::size_t calls() const { return inner->asked.size(); }
};

const Fields kFresh = {{"cache-control", "max-age=60"}};

}  // namespace

TEST_CASE("cache: a stored reply is given again without a call, with its age") {
  CacheStage stage;
  CHECK(header_of(stage.get("/a"), "cache-status") == "sojourn; fwd=uri-miss; stored");
  const NotedCaller& hit = stage.get("/a");
  CHECK(hit.body == "reply 1");
  CHECK(header_of(hit, "age") == "0");
  CHECK(header_of(hit, "cache-status") == "sojourn; hit; ttl=60");
  CHECK(header_of(hit, "cache-control") == "max-age=60");
  CHECK(stage.get("/a?b").body == "reply 2");
  CHECK(stage.get("/b").body == "reply 3");
  CHECK(stage.get("/a", {{"host", "other"}}).body == "reply 4");
  CHECK(stage.calls() == 4);
  CHECK(stage.decided("hit") == 1);
}

TEST_CASE("cache: what one version answered is not given for another") {
  CacheStage stage;
  CHECK(stage.get().body == "reply 1");
  stage.use_version(2);
  CHECK(stage.get().body == "reply 2");
  stage.use_version(1);
  CHECK(stage.get().body == "reply 1");
}

TEST_CASE("cache: HEAD is answered from what GET stored, and stores nothing itself") {
  CacheStage stage;
  stage.get("/", {}, "HEAD");
  CHECK(stage.calls() == 1);
  CHECK(stage.get().body == "reply 2");
  CHECK(header_of(stage.get("/", {}, "HEAD"), "cache-status") == "sojourn; hit; ttl=60");
  CHECK(stage.calls() == 2);
}

TEST_CASE("cache: a client that has it already gets 304 and nothing else") {
  CacheStage stage;
  stage.say({{"cache-control", "max-age=60"}, {"etag", "\"v1\""}, {"content-type", "text/plain"}});
  const NotedCaller& first = stage.get("/", {{"if-none-match", "\"v1\""}});
  CHECK(first.outcome() == "304 ");
  CHECK(stage.inner->asked[0].header("if-none-match") == "none");
  const NotedCaller& again = stage.get("/", {{"if-none-match", "\"v0\", W/\"v1\""}});
  CHECK(again.outcome() == "304 ");
  CHECK(header_of(again, "etag") == "\"v1\"");
  CHECK(header_of(again, "content-type") == "none");
  CHECK(stage.get("/", {{"if-none-match", "\"v0\""}}).outcome() == "200 reply 1");
  CHECK(stage.calls() == 1);
}

TEST_CASE("cache: an old entry is confirmed by the function's 304, and the body is kept") {
  CacheStage stage;
  stage.say({{"cache-control", "no-cache"}, {"etag", "\"v1\""}});
  CHECK(stage.get().body == "reply 1");
  stage.say({{"x-new", "yes"}}, 304);
  const NotedCaller& confirmed = stage.get();
  CHECK(confirmed.outcome() == "200 reply 1");
  CHECK(header_of(confirmed, "x-new") == "yes");
  CHECK(header_of(confirmed, "cache-status") == "sojourn; fwd=stale; fwd-status=304");
  CHECK(stage.inner->asked[1].header("if-none-match") == "\"v1\"");
  CHECK(stage.decided("confirmed") == 1);
  stage.say({{"cache-control", "no-cache"}, {"etag", "\"v2\""}});
  CHECK(stage.get().body == "reply 3");
}

TEST_CASE("cache: calls that miss the same at once become one") {
  CacheStage stage;
  stage.hold();
  for (int i = 0; i < 20; ++i) stage.ask("GET", "/slow");
  CHECK(stage.calls() == 1);
  stage.inner->asked[0].answer({200, kFresh, "once", {}});
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.count("200 once") == 20);
  CHECK(stage.calls() == 1);
  CHECK(stage.decided("waited") == 19);
}

TEST_CASE("cache: when the first one's client goes, the next takes its place") {
  CacheStage stage;
  stage.hold();
  for (int i = 0; i < 3; ++i) stage.ask();
  stage.callers[0].handle.reset();
  REQUIRE(stage.run_until([&] { return stage.calls() == 2; }));
  stage.run_for(5ms);
  CHECK(stage.calls() == 2);
  stage.inner->asked[1].answer({200, kFresh, "second", {}});
  REQUIRE(stage.run_until([&] { return stage.count("200 second") == 2; }));
}

TEST_CASE("cache: a waiting call whose client goes is forgotten") {
  CacheStage stage;
  stage.hold();
  for (int i = 0; i < 3; ++i) stage.ask();
  stage.callers[1].handle.reset();
  stage.inner->asked[0].answer({200, kFresh, "once", {}});
  REQUIRE(stage.run_until([&] { return stage.count("200 once") == 2; }));
  CHECK_FALSE(stage.callers[1].done());
}

TEST_CASE("cache: a waiting call gives up at its deadline") {
  CacheStage stage;
  stage.hold();
  stage.ask();
  NotedCaller& waiting = stage.ask("GET", "/", {}, {}, 30ms);
  REQUIRE(stage.run_until([&] { return waiting.done(); }));
  CHECK(waiting.outcome() == "deadline");
}

TEST_CASE("cache: what may not be stored lets everybody who waited go, and nobody waits for a while") {
  CacheStage stage;
  stage.hold();
  for (int i = 0; i < 3; ++i) stage.ask();
  stage.say({{"cache-control", "private"}});
  stage.inner->asked[0].answer({200, {{"cache-control", "private"}}, "mine", {}});
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.calls() == 3);
  CHECK(stage.count("200 mine") == 1);
  stage.hold();
  stage.ask();
  stage.ask();
  CHECK(stage.calls() == 5);
  CHECK(stage.decided("bypassed") == 4);
}

TEST_CASE("cache: a failure is not stored, and those who waited ask for themselves") {
  CacheStage stage;
  stage.hold();
  for (int i = 0; i < 3; ++i) stage.ask();
  stage.say(kFresh);
  ScriptedAnswer failed;
  failed.failure = CallFailure{ErrorCode::kFunctionCrashed, "died", {}};
  stage.inner->asked[0].answer(failed);
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.count("function_crashed") == 1);
  CHECK(stage.calls() == 3);
}

TEST_CASE("cache: a stream passes through, is not stored, and those who waited go on") {
  CacheStage stage;
  stage.hold();
  stage.ask();
  stage.ask();
  stage.say({});
  stage.inner->asked[0].answer({.status = 200, .headers = kFresh, .body = "flow", .failure = {}, .stream = true});
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.callers[0].body == "flow");
  CHECK(stage.callers[1].body == "reply 2");
}

TEST_CASE("cache: an old entry is served while one call in the background renews it") {
  CacheStage stage;
  stage.say({{"cache-control", "max-age=60, stale-while-revalidate=600"}, {"age", "60"}});
  CHECK(stage.get().body == "reply 1");
  stage.hold();
  CHECK(stage.get().body == "reply 1");
  CHECK(stage.get().body == "reply 1");
  CHECK(stage.calls() == 2);
  stage.inner->asked[1].answer({200, kFresh, "renewed", {}});
  CHECK(stage.get().body == "renewed");
  CHECK(stage.calls() == 2);
}

TEST_CASE("cache: stale-if-error lets an old entry stand in for a failure") {
  CacheStage stage;
  stage.say({{"cache-control", "max-age=60, stale-if-error=600"}, {"age", "60"}, {"etag", "\"v1\""}});
  CHECK(stage.get().body == "reply 1");
  stage.say({}, 503);
  CHECK(stage.get().outcome() == "200 reply 1");
  stage.inner->answers = [](const RequestView&) {
    ScriptedAnswer failed;
    failed.failure = CallFailure{ErrorCode::kDeadline, "late", {}};
    return failed;
  };
  CHECK(stage.get().outcome() == "200 reply 1");
  CHECK(stage.calls() == 3);
}

TEST_CASE("cache: a call that changes something makes what is stored there old") {
  CacheStage stage;
  stage.get("/a");
  stage.get("/b");
  stage.get("/a", {}, "DELETE");
  CHECK(stage.get("/a").body == "reply 4");
  CHECK(stage.get("/b").body == "reply 2");
  stage.say(kFresh, 400);
  stage.get("/b", {}, "POST");
  CHECK(stage.get("/b").body == "reply 2");
}

TEST_CASE("cache: requests can go around it, or want nothing but it") {
  CacheStage stage;
  stage.get();
  CHECK(stage.get("/", {{"cache-control", "no-cache"}}).body == "reply 2");
  CHECK(stage.get().body == "reply 2");
  CHECK(stage.get("/", {{"range", "bytes=0-1"}}).body == "reply 3");
  CHECK(stage.get("/", {{"cache-control", "only-if-cached"}}).body == "reply 2");
  CHECK(stage.get("/other", {{"cache-control", "only-if-cached"}}).status == 504);
  CHECK(stage.get("/other", {{"cache-control", "no-store"}}).body == "reply 4");
  CHECK(stage.get("/other").body == "reply 5");
}

TEST_CASE("cache: what is larger than an entry may be is not stored") {
  CacheStage stage(R"({"size":"64KiB","entry":"1KiB"})");
  stage.inner->answers = [](const RequestView&) { return ScriptedAnswer{200, kFresh, std::string(1025, 'x'), {}}; };
  stage.get();
  stage.get();
  CHECK(stage.calls() == 2);
}

TEST_CASE("cache: wrong options are refused by key") {
  const auto why_not = [](std::string_view with) {
    const auto options = read_cache(with);
    return options.ok() ? "" : options.error().text();
  };
  CHECK(why_not("") == "");
  CHECK(why_not(R"({"ttl":"5s","size":"1MiB","entry":"128KiB"})") == "");
  CHECK(why_not(R"({"ttl":5})").find("ttl: is the number 5; expected is a duration") == 0);
  CHECK(why_not(R"({"size":"1MiB","entry":"129KiB"})").find("entry: is more than an eighth of size, which is 128KiB") ==
        0);
  CHECK(read_cache(R"({"size":"64KiB"})")->entry == 8u << 10);
}

}  // namespace sojourn
