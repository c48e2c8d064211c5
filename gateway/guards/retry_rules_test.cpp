#include "gateway/guards/retry_rules.h"

#include <doctest/doctest.h>

#include "gateway/guards/retry.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr RequestView request_of(std::string_view method, std::span<const HeaderField> headers = {}) {
  RequestView request;
  request.method = method;
  request.headers = headers;
  return request;
}

RetryRules plain() {
  RetryRules policy;
  policy.attempts = 4;
  policy.backoff = {.initial = 100ms, .factor = 3, .max = 500ms, .jitter = false};
  return policy;
}

}  // namespace

TEST_CASE("retry: only what is idempotent, marked, or allowed by name is repeated") {
  RetryRules policy;
  for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) CHECK(may_repeat(policy, request_of(method)));
  for (const char* method : {"POST", "PATCH"}) CHECK_FALSE(may_repeat(policy, request_of(method)));
  const HeaderField marked[] = {{"idempotency-key", "7"}};
  CHECK(may_repeat(policy, request_of("POST", marked)));
  policy.unsafe = true;
  CHECK(may_repeat(policy, request_of("POST")));
}

TEST_CASE("retry: pauses grow by the factor up to the bound, and end with the attempts") {
  CHECK(pause_before_next(plain(), 1, {}, 1h, 0) == 100ms);
  CHECK(pause_before_next(plain(), 2, {}, 1h, 0) == 300ms);
  CHECK(pause_before_next(plain(), 3, {}, 1h, 0) == 500ms);
  CHECK_FALSE(pause_before_next(plain(), 4, {}, 1h, 0).has_value());
}

TEST_CASE("retry: jitter takes a random part of the pause") {
  RetryRules policy = plain();
  policy.backoff.jitter = true;
  CHECK(pause_before_next(policy, 1, {}, 1h, 0.0) == 0ms);
  CHECK(pause_before_next(policy, 1, {}, 1h, 0.5) == 50ms);
}

TEST_CASE("retry: Retry-After is waited for, unless time is over before it") {
  CHECK(pause_before_next(plain(), 1, 2s, 3s, 0) == 2s);
  CHECK_FALSE(pause_before_next(plain(), 1, 2s, 2s, 0).has_value());
  CHECK_FALSE(pause_before_next(plain(), 1, {}, 50ms, 0).has_value());
  const HeaderField seconds[] = {{"retry-after", "7"}};
  const HeaderField date[] = {{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  CHECK(retry_after_of(ReplyView{503, seconds, "", {}}) == 7s);
  CHECK_FALSE(retry_after_of(ReplyView{503, date, "", {}}).has_value());
  CHECK_FALSE(retry_after_of(ReplyView{503, {}, "", {}}).has_value());
}

TEST_CASE("retry: statuses and codes say what is worth another attempt") {
  RetryRules policy;
  CHECK(is_worth_repeating(policy, 503));
  CHECK_FALSE(is_worth_repeating(policy, 500));
  CHECK(is_worth_repeating(policy, ErrorCode::kFunctionCrashed));
  CHECK_FALSE(is_worth_repeating(policy, ErrorCode::kFunctionThrew));
  policy.codes = {ErrorCode::kFunctionThrew};
  CHECK(is_worth_repeating(policy, ErrorCode::kFunctionThrew));
  CHECK_FALSE(is_worth_repeating(policy, ErrorCode::kFunctionCrashed));
}

TEST_CASE("retry: wrong options are refused by key") {
  const auto why_not = [](std::string_view with) {
    const auto policy = read_retry(with);
    return policy.ok() ? "" : policy.error().text();
  };
  CHECK(why_not("") == "");
  CHECK(why_not(R"({"attempts":3,"backoff":{"initial":"1s","jitter":"none"},"codes":["no_capacity"]})") == "");
  CHECK(why_not(R"({"attempts":1})").find("attempts: is 1; allowed is 2 to 10") == 0);
  CHECK(why_not(R"({"backoff":{"initial":5}})").find("backoff.initial: is the number 5; expected is a duration") == 0);
  CHECK(why_not(R"({"statuses":[200]})").find("statuses: ") == 0);
  CHECK(why_not(R"({"codes":["no_such"]})").find("codes: is `no_such`") == 0);
  CHECK(why_not(R"({"unsafe":"yes"})").find("unsafe: is `yes`; expected is true or false") == 0);
}

}  // namespace sojourn
