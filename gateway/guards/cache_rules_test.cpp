#include "gateway/guards/cache_rules.h"

#include <doctest/doctest.h>
#include <vector>

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<HeaderField>;

constexpr MonotonicTime kNow{1000h};
const WallTime kWall{std::chrono::seconds(784111777)};  // Sun, 06 Nov 1994 08:49:37 GMT

RequestView get(const Fields& headers, std::string_view method = "GET") {
  RequestView request;
  request.method = method;
  request.headers = headers;
  return request;
}

std::optional<CacheTerms> terms(const Fields& reply, const Fields& request = {}, int status = 200,
                                std::chrono::milliseconds ttl = 0ms) {
  CacheOptions options;
  options.ttl = ttl;
  return terms_of(get(request), {status, reply, {}, {}}, options, kWall);
}

CacheEntryPtr entry(const Fields& reply) {
  const auto found = terms(reply);
  REQUIRE(found.has_value());
  return CacheEntry::make(get({}), {200, reply, "body", {}}, *found, kNow);
}

CacheUse use(const CacheEntryPtr& one, std::chrono::seconds later, std::string_view asked = {}) {
  const Fields headers = {{"cache-control", asked}};
  return use_of(*one, cache_control_of(headers), kNow + later);
}

}  // namespace

TEST_CASE("cache rules: s-maxage goes before max-age, that before Expires, and that before the option") {
  CHECK(terms({{"cache-control", "max-age=5, s-maxage=9"}, {"expires", "Sun, 06 Nov 1994 08:49:40 GMT"}})->lifetime ==
        9s);
  CHECK(terms({{"cache-control", "max-age=5"}, {"expires", "Sun, 06 Nov 1994 08:49:40 GMT"}})->lifetime == 5s);
  CHECK(terms({{"expires", "Sun, 06 Nov 1994 08:49:40 GMT"}}, {}, 200, 60s)->lifetime == 3s);
  CHECK(terms({}, {}, 200, 60s)->lifetime == 60s);
  CHECK_FALSE(terms({}).has_value());
  CHECK_FALSE(terms({{"expires", "0"}}, {}, 200, 60s).has_value());
}

TEST_CASE("cache rules: what forbids storing") {
  CHECK(terms({{"cache-control", "max-age=5"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5, no-store"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5, private"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}, {"set-cookie", "a=b"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}, {"vary", "accept, *"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}}, {{"cache-control", "no-store"}}).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=0"}}).has_value());
  const ReplyView failed{502, {}, "", ErrorCode::kFunctionCrashed};
  CHECK_FALSE(terms_of(get({}), failed, CacheOptions{.ttl = 60s}, kWall).has_value());
}

TEST_CASE("cache rules: a reply to a request with Authorization is for all only when it says so") {
  const Fields authorized = {{"authorization", "Basic eDp5"}};
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}}, authorized).has_value());
  CHECK(terms({{"cache-control", "max-age=5, public"}}, authorized).has_value());
  CHECK(terms({{"cache-control", "s-maxage=5"}}, authorized).has_value());
  CHECK(terms({{"cache-control", "max-age=5, must-revalidate"}}, authorized).has_value());
}

TEST_CASE("cache rules: only statuses that can be stored are, and the option speaks for no errors") {
  CHECK(terms({{"cache-control", "max-age=5"}}, {}, 404).has_value());
  CHECK(terms({{"cache-control", "max-age=5"}}, {}, 302).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}}, {}, 500).has_value());
  CHECK_FALSE(terms({{"cache-control", "max-age=5"}}, {}, 206).has_value());
  CHECK_FALSE(terms({}, {}, 404, 60s).has_value());
  CHECK_FALSE(terms({}, {}, 302, 60s).has_value());
}

TEST_CASE("cache rules: what has a validator may be stored to be asked about") {
  CHECK(terms({{"cache-control", "no-cache"}, {"etag", "\"a\""}})->always_revalidate);
  CHECK_FALSE(terms({{"cache-control", "no-cache"}}).has_value());
  CHECK(use(entry({{"cache-control", "no-cache"}, {"etag", "\"a\""}}), 0s) == CacheUse::kConfirm);
}

TEST_CASE("cache rules: an entry is fresh until its lifetime is over, the age it came with counted in") {
  CHECK(use(entry({{"cache-control", "max-age=10"}}), 9s) == CacheUse::kFresh);
  CHECK(use(entry({{"cache-control", "max-age=10"}}), 10s) == CacheUse::kConfirm);
  CHECK(use(entry({{"cache-control", "max-age=10"}, {"age", "4"}}), 5s) == CacheUse::kFresh);
  CHECK(use(entry({{"cache-control", "max-age=10"}, {"age", "4"}}), 6s) == CacheUse::kConfirm);
}

TEST_CASE("cache rules: requests can ask for younger replies, or put up with older ones") {
  const auto ten = entry({{"cache-control", "max-age=10"}});
  CHECK(use(ten, 5s, "no-cache") == CacheUse::kConfirm);
  CHECK(use(ten, 5s, "max-age=4") == CacheUse::kConfirm);
  CHECK(use(ten, 5s, "max-age=5") == CacheUse::kFresh);
  CHECK(use(ten, 5s, "min-fresh=6") == CacheUse::kConfirm);
  CHECK(use(ten, 12s, "max-stale=3") == CacheUse::kFresh);
  CHECK(use(ten, 14s, "max-stale=3") == CacheUse::kConfirm);
  CHECK(use(entry({{"cache-control", "s-maxage=10"}}), 12s, "max-stale=3") == CacheUse::kConfirm);
}

TEST_CASE("cache rules: stale-while-revalidate serves the old one meanwhile, must-revalidate forbids it") {
  const auto kind = entry({{"cache-control", "max-age=10, stale-while-revalidate=5"}});
  CHECK(use(kind, 14s) == CacheUse::kStaleMeanwhile);
  CHECK(use(kind, 15s) == CacheUse::kConfirm);
  const auto strict = entry({{"cache-control", "max-age=10, stale-while-revalidate=5, must-revalidate"}});
  CHECK(use(strict, 14s) == CacheUse::kConfirm);
}

TEST_CASE("cache rules: stale-if-error says how long an old one may stand in for a failure") {
  const auto one = entry({{"cache-control", "max-age=10, stale-if-error=20"}});
  CHECK(may_stand_in(*one, {}, kNow + 29s));
  CHECK_FALSE(may_stand_in(*one, {}, kNow + 30s));
  CHECK_FALSE(may_stand_in(*entry({{"cache-control", "max-age=10"}}), {}, kNow + 11s));
}

TEST_CASE("cache rules: the role follows from method, conditions and parts") {
  CHECK(role_for(get({})) == CacheRole::kServes);
  CHECK(role_for(get({}, "HEAD")) == CacheRole::kServes);
  CHECK(role_for(get({}, "OPTIONS")) == CacheRole::kStaysOut);
  CHECK(role_for(get({{"range", "bytes=0-1"}})) == CacheRole::kStaysOut);
  CHECK(role_for(get({{"if-match", "\"a\""}})) == CacheRole::kStaysOut);
  CHECK(role_for(get({}, "POST")) == CacheRole::kInvalidates);
  RequestView with_body = get({});
  with_body.body = "x";
  CHECK(role_for(with_body) == CacheRole::kStaysOut);
}

TEST_CASE("cache rules: If-None-Match goes before If-Modified-Since") {
  constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(client_has(get({{"if-none-match", "W/\"a\""}}), "\"a\"", {}));
  CHECK_FALSE(client_has(get({{"if-none-match", "\"b\""}, {"if-modified-since", kDate}}), "\"a\"", kDate));
  CHECK(client_has(get({{"if-modified-since", kDate}}), {}, kDate));
  CHECK_FALSE(client_has(get({{"if-modified-since", kDate}}), {}, "Sun, 06 Nov 1994 08:49:38 GMT"));
  CHECK_FALSE(client_has(get({}), "\"a\"", kDate));
}

}  // namespace sojourn
