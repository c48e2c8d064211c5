// The guards that act in the gateway, before a sandbox is spent: each in front of a real function that counts its
// calls.
#include <doctest/doctest.h>
#include <set>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

ServerOptions options_of(std::vector<std::string> arguments) {
  ServerOptions options;
  options.arguments = std::move(arguments);
  return options;
}

// A server with the functions `bare` and `api`, the same object; `api` behind these decorators.
struct Guarded {
  TemporaryDirectory directory;
  Server server;

  explicit Guarded(const std::string& decorators, std::vector<std::string> arguments = {"--dev"})
      : server(options_of(std::move(arguments))) {
    const Finished applied = apply(decorators);
    CAPTURE(applied.errors);
    REQUIRE(applied.status == 0);
  }

  Finished apply(const std::string& decorators) {
    const std::string object = test_function("guarded").string();
    const std::filesystem::path file = directory.path() / "sojourn.yaml";
    write_file(file, "sojourn: 1\nname: guards\nfunctions:\n  bare: {artifact: " + object +
                         ", instances: {max: 1}}\n  api:\n    artifact: " + object +
                         "\n    instances: {max: 1}\n    decorators:\n" + decorators);
    return server.cli({"apply", "-f", file.string()});
  }
  Reply get(const std::string& target, std::vector<std::string> more = {}) {
    return server.get("/function/api" + target, std::move(more));
  }
  // Straight from the function: as `api` has one instance, asked through a path that no guard holds back.
  std::string calls(const std::string& path, const std::string& function = "api") {
    return server.get("/function/" + function + "/calls?of=" + path, {"-H", "Cache-Control: no-store"}).body;
  }
};

std::string header(const Reply& reply, const std::string& name) {
  const auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "none" : found->second;
}

}  // namespace

TEST_CASE("guards: rate-limit answers 429 with Retry-After for each value of its key, and no call is spent") {
  Guarded guarded("      - {use: rate-limit, with: {perSecond: 0.01, burst: 2, key: header:x-tenant}}\n");
  const std::vector<std::string> blue = {"-H", "X-Tenant: blue"};
  CHECK(guarded.get("/a", blue).status == 200);
  CHECK(guarded.get("/a", blue).status == 200);
  const Reply refused = guarded.get("/a", blue);
  CHECK(refused.status == 429);
  CHECK(refused.error_code() == "rate_limited");
  CHECK(refused.body.find("more than 0.01 calls a second (burst 2) with this header:x-tenant") != std::string::npos);
  CHECK(std::stoi(header(refused, "retry-after")) > 90);
  CHECK(guarded.get("/a", {"-H", "X-Tenant: red"}).body == "api/a 3\n");
  SUBCASE("what it has counted outlives a deploy of something else") {
    REQUIRE(guarded.server.deploy("other", test_function("guarded")).status == 201);
    CHECK(guarded.get("/a", blue).status == 429);
  }
}

TEST_CASE("guards: cache answers again without a call, with 304 to who has it, and by Vary") {
  Guarded guarded("      - {use: cache}\n");
  CHECK(guarded.get("/a").body == "api/a 1\n");
  const Reply hit = guarded.get("/a");
  CHECK(hit.body == "api/a 1\n");
  CHECK(header(hit, "cache-status").starts_with("sojourn; hit; ttl="));
  CHECK(header(hit, "age") != "none");
  CHECK(header(hit, "content-type").starts_with("text/plain"));
  CHECK(header(hit, "server-timing").find("cache;dur=") != std::string::npos);
  const Reply same = guarded.get("/a", {"-H", "If-None-Match: \"fresh\""});
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(guarded.get("/a", {"-I"}).status == 200);
  CHECK(guarded.calls("/a") == "1");
  CHECK(guarded.get("/language", {"-H", "Accept-Language: de"}).body == "api/language 1\n");
  CHECK(guarded.get("/language", {"-H", "Accept-Language: fr"}).body == "api/language 2\n");
  CHECK(guarded.get("/language", {"-H", "Accept-Language: de"}).body == "api/language 1\n");
  guarded.get("/private");
  guarded.get("/private");
  CHECK(guarded.calls("/private") == "2");
  CHECK(guarded.get("/tagged").body == "api/tagged 1\n");
  CHECK(guarded.get("/tagged").body == "api/tagged 1\n");
  CHECK(guarded.calls("/tagged") == "2");
  CHECK(guarded.get("/a", {"-X", "DELETE"}).status == 200);
  CHECK(guarded.get("/a").body == "api/a 3\n");
}

TEST_CASE("guards: cache makes one call of many that ask the same at once, on whatever loop they are") {
  Guarded guarded("      - {use: cache}\n", {"--dev", "--workers", "4"});
  const std::string url = guarded.server.url("/function/api/slow");
  std::vector<std::string> arguments = {"--parallel", "--parallel-immediate", "--parallel-max", "20"};
  for (int i = 0; i < 20; ++i) arguments.insert(arguments.end(), {"-o", "/dev/null", url});
  arguments.insert(arguments.begin(), {"curl", "-sS", "-w", "%{http_code} "});
  const Finished all = run(arguments);
  CAPTURE(all.errors);
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += "200 ";
  CHECK(all.output == expected);
  CHECK(guarded.calls("/slow") == "1");
}

TEST_CASE("guards: a new version begins with an empty cache") {
  Guarded guarded("      - {use: cache}\n");
  CHECK(guarded.get("/a").body == "api/a 1\n");
  REQUIRE(guarded.server.deploy("api", test_function("guarded"), "?env.X=1").status == 201);
  CHECK(header(guarded.get("/a"), "cache-status") == "sojourn; fwd=uri-miss; stored");
}

TEST_CASE("guards: circuit-breaker stops calling what fails, and tries again later") {
  Guarded guarded("      - {use: circuit-breaker, with: {failures: 3, open: 1s, probes: 1}}\n");
  for (int i = 0; i < 3; ++i) CHECK(guarded.get("/status?code=500").status == 500);
  const Reply refused = guarded.get("/status?code=500");
  CHECK(refused.status == 503);
  CHECK(refused.error_code() == "no_capacity");
  CHECK(header(refused, "retry-after") == "1");
  CHECK(refused.body.find("circuit-breaker: open") != std::string::npos);
  CHECK(eventually([&] { return guarded.get("/status").status == 200; }, 10s));
  CHECK(guarded.calls("/status") == "4");
}

TEST_CASE("guards: retry sends a request again until it succeeds, and only what may be repeated") {
  Guarded guarded("      - {use: retry, with: {attempts: 4, backoff: {initial: 1ms, max: 5ms}}}\n");
  CHECK(guarded.get("/flaky?fail=3").body == "api/flaky 4\n");
  const Reply posted = guarded.get("/status?code=503", {"-d", "x"});
  CHECK(posted.status == 503);
  CHECK(guarded.calls("/status") == "1");
  CHECK(guarded.get("/status?code=503", {"-d", "x", "-H", "Idempotency-Key: 7"}).status == 503);
  CHECK(guarded.calls("/status") == "5");
}

TEST_CASE("guards: mirror shadows calls to another function, whose answers are never seen") {
  Guarded guarded("      - {use: mirror, with: {to: bare}}\n");
  for (int i = 1; i <= 5; ++i) CHECK(guarded.get("/a").body == "api/a " + std::to_string(i) + "\n");
  CHECK(eventually([&] { return guarded.calls("/a", "bare") == "5"; }, 10s));
}

TEST_CASE("guards: split keeps a client with its cookie at one target") {
  Guarded guarded("      - {use: split, with: {weights: {self: 50, bare: 50}, sticky: \"cookie:variant\"}}\n");
  std::set<char> targets;
  for (int i = 0; i < 30; ++i) {
    const Reply first = guarded.get("/a");
    REQUIRE(first.status == 200);
    const std::string cookie = header(first, "set-cookie");
    REQUIRE(cookie.starts_with("variant="));
    targets.insert(first.body.front());
    const Reply second = guarded.get("/a", {"-b", cookie.substr(0, cookie.find(';'))});
    CHECK(second.body.front() == first.body.front());
    CHECK(header(second, "set-cookie") == "none");
  }
  CHECK(targets == std::set<char>{'a', 'b'});
}

TEST_CASE("guards: several in one chain work together, outermost first") {
  Guarded guarded(
      "      - {use: rate-limit, with: {perSecond: 0.01, burst: 4}}\n"
      "      - {use: cache}\n"
      "      - {use: circuit-breaker}\n"
      "      - {use: retry, with: {attempts: 3, backoff: {initial: 1ms}}}\n");
  CHECK(guarded.get("/flaky?fail=2").body == "api/flaky 3\n");
  CHECK(guarded.get("/flaky?fail=2").body == "api/flaky 3\n");
  CHECK(guarded.get("/a").body == "api/a 1\n");
  CHECK(guarded.get("/a").body == "api/a 1\n");
  CHECK(guarded.get("/a").status == 429);
  const std::string metrics = guarded.server.get("/metrics").body;
  CAPTURE(metrics);
  const auto has = [&](const std::string& guard, const std::string& decision, int count) {
    return metrics.find("sojourn_guard_decisions_total{function_name=\"api\",guard=\"" + guard + "\",decision=\"" +
                        decision + "\"} " + std::to_string(count) + "\n") != std::string::npos;
  };
  CHECK(has("rate-limit", "passed", 4));
  CHECK(has("rate-limit", "refused", 1));
  CHECK(has("cache", "hit", 2));
  CHECK(has("cache", "miss", 2));
  CHECK(has("circuit-breaker", "passed", 2));
  CHECK(has("retry", "repeated", 2));
}

TEST_CASE("guards: wrong options are refused at the deploy, with the place in the file") {
  Guarded guarded("      - {use: cache}\n");
  const auto refusal = [&](const std::string& decorator) {
    const Finished applied = guarded.apply("      - " + decorator + "\n");
    CHECK(applied.status != 0);
    return applied.errors + applied.output;
  };
  const std::string wrong = refusal("{use: rate-limit, with: {perSecond: fast}}");
  CHECK(wrong.find("sojourn.yaml:9:") != std::string::npos);
  CHECK(wrong.find("perSecond: is `fast`; expected is a number") != std::string::npos);
  CHECK(refusal("{use: rate-limits}").find("rate-limit") != std::string::npos);
  CHECK(refusal("{use: split, with: {weights: {self: 0}}}").find("sum up to 0") != std::string::npos);
  CHECK(refusal("{use: mirror, with: {to: nobody}}").find("with.to: there is no function `nobody`") !=
        std::string::npos);
  CHECK(refusal("{use: split, with: {weights: {self: 1, bare@7: 1}}}").find("there is no version `bare@7`") !=
        std::string::npos);
}

}  // namespace sojourn::test
