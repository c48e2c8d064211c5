#include "gateway/guards/rate_limit.h"

#include <doctest/doctest.h>
#include <vector>

namespace sojourn {
namespace {

using namespace std::chrono_literals;

std::string why_not(std::string_view with) {
  const auto options = read_rate_limit(with);
  return options.ok() ? "" : options.error().text();
}

struct Limited {
  MonotonicTime now{1000h};
  RateLimit limit;

  explicit Limited(std::string_view with) : limit(*read_rate_limit(with), now) {}
  bool call(std::string_view remote, std::vector<HeaderField> headers = {}) {
    RequestView request;
    request.remote = remote;
    request.headers = headers;
    return limit.decide(request, now).passed;
  }
};

}  // namespace

TEST_CASE("rate limit: wrong options are refused by key, with what is allowed") {
  CHECK(why_not("").find("perSecond: is missing") == 0);
  CHECK(why_not(R"({"perSecond":"5"})")
            .find("perSecond: is the text `5`; expected is a number: write it without quotes") == 0);
  CHECK(why_not(R"({"perSecond":0})").find("perSecond: is 0; allowed is ") == 0);
  CHECK(why_not(R"({"perSecond":1,"brust":2})").find("brust: is not a key that belongs here, did you mean `burst`?") ==
        0);
  CHECK(why_not(R"({"perSecond":1,"key":"headers:x"})").find("key: `headers:x` names no value of a call") == 0);
  CHECK(why_not(R"({"perSecond":0.001,"burst":1000})").find("burst: takes more than 24h") == 0);
  CHECK(why_not(R"([1])").find("is a list; expected is a mapping") == 0);
  CHECK(why_not(R"({"perSecond":100,"key":"header:x-tenant"})") == "");
}

TEST_CASE("rate limit: the burst is what passes in a second unless it is given") {
  Limited ten(R"({"perSecond":10})");
  int passed = 0;
  while (ten.call("192.0.2.1")) ++passed;
  CHECK(passed == 10);
  Limited slow(R"({"perSecond":0.5})");
  CHECK(slow.call("192.0.2.1"));
  CHECK_FALSE(slow.call("192.0.2.1"));
}

TEST_CASE("rate limit: each value of the key has its own limit, and those without one share theirs") {
  Limited limited(R"({"perSecond":1,"key":"header:x-tenant"})");
  CHECK(limited.call("", {{"x-tenant", "blue"}}));
  CHECK_FALSE(limited.call("", {{"x-tenant", "blue"}}));
  CHECK(limited.call("", {{"x-tenant", "red"}}));
  CHECK(limited.call(""));
  CHECK_FALSE(limited.call("", {{"x-other", "red"}}));
}

TEST_CASE("rate limit: addresses of IPv6 count by their network, those of IPv4 one by one") {
  Limited limited(R"({"perSecond":1,"key":"address"})");
  CHECK(limited.call("192.0.2.1"));
  CHECK(limited.call("192.0.2.2"));
  CHECK(limited.call("2001:db8::1"));
  CHECK_FALSE(limited.call("2001:db8:0:0:1:2:3:4"));
  CHECK(limited.call("2001:db8:0:1::1"));
  CHECK(limited.call("::ffff:192.0.2.1"));
  CHECK(limited.call("::ffff:192.0.2.2"));
}

}  // namespace sojourn
