#include "runtime/event/dispatch/step_outcome.h"

#include <doctest/doctest.h>
#include <string>

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

CloudEvent order() {
  CloudEvent event;
  event.id = "1";
  event.source = "/shop";
  event.type = "order.paid";
  event.attributes = {{"datacontenttype", "application/json"}, {"tenant", "acme"}};
  event.data = "{}";
  return event;
}

StepOutcome called(int status, std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {},
                   Lasting lasting = Lasting::kNo) {
  return outcome_of_call({status, std::move(headers), std::move(body)}, order(), "enrich", "run.step", 0, lasting);
}

std::string word(const StepOutcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::kDone:
      return "done";
    case Verdict::kFiltered:
      return "filtered";
    case Verdict::kRetry:
      return "retry " + outcome.error.kind;
    case Verdict::kDead:
      return "dead " + outcome.error.kind;
    case Verdict::kNotBegun:
      return "not begun";
  }
  return {};
}

}  // namespace

TEST_CASE("step outcome: each error of the platform is of a kind and is retried or not") {
  const std::pair<ErrorCode, const char*> kRows[] = {
      {ErrorCode::kDeadline, "retry timeout"},
      {ErrorCode::kFunctionCrashed, "retry crash"},
      {ErrorCode::kFunctionExited, "retry crash"},
      {ErrorCode::kForbiddenSyscall, "retry crash"},
      {ErrorCode::kBrokenReply, "retry crash"},
      {ErrorCode::kOutOfMemory, "retry memory"},
      {ErrorCode::kConcurrencyLimited, "retry throttled"},
      {ErrorCode::kRateLimited, "retry throttled"},
      {ErrorCode::kNoCapacity, "retry unavailable"},
      {ErrorCode::kStoreUnavailable, "retry unavailable"},
      {ErrorCode::kFunctionThrew, "retry error"},
      {ErrorCode::kInternal, "retry error"},
      {ErrorCode::kLinkFailed, "retry error"},
      {ErrorCode::kDraining, "not begun"},
      {ErrorCode::kLoopDetected, "dead invalid"},
      {ErrorCode::kBodyTooLarge, "dead invalid"},
      {ErrorCode::kFunctionNotFound, "dead invalid"},
      {ErrorCode::kRefused, "dead invalid"},
  };
  for (const auto& [code, expected] : kRows) {
    const std::string_view name = facts(code).name;
    CAPTURE(name);
    CHECK(word(outcome_of_error(code, "why")) == expected);
  }
}

TEST_CASE("step outcome: each status of a reply is of a kind and is retried or not") {
  CHECK(word(called(200)) == "done");
  CHECK(word(called(204)) == "done");
  CHECK(word(called(301)) == "dead invalid");
  CHECK(word(called(404)) == "dead invalid");
  CHECK(word(called(422)) == "dead invalid");
  CHECK(word(called(408)) == "retry timeout");
  CHECK(word(called(429)) == "retry throttled");
  CHECK(word(called(500)) == "retry error");
  CHECK(word(called(503)) == "retry unavailable");
  CHECK(word(called(504)) == "retry timeout");
  CHECK(word(called(200, {{"x-sojourn-filtered", "1"}})) == "filtered");
  CHECK(word(called(500, {}, {}, Lasting::kYes)) == "dead invalid");
}

TEST_CASE("step outcome: an empty reply passes the input on, a body becomes its data") {
  CHECK_FALSE(called(200).event.has_value());
  const StepOutcome text = called(200, {{"content-type", "text/plain"}}, "hello");
  REQUIRE(text.event.has_value());
  CHECK(text.event->id == "1");
  CHECK(text.event->type == "order.paid");
  CHECK(text.event->attribute("tenant") == "acme");
  CHECK(text.event->attribute("datacontenttype") == "text/plain");
  CHECK(text.event->data == "hello");
  CHECK(called(200, {}, "bytes").event->attribute("datacontenttype").empty());
}

TEST_CASE("step outcome: a reply with a type replaces the event, and its source is the function") {
  const StepOutcome replaced =
      called(201, {{"ce-specversion", "1.0"}, {"ce-type", "order.rich"}, {"ce-source", "/forged"}}, "x");
  REQUIRE(replaced.event.has_value());
  CHECK(replaced.event->type == "order.rich");
  CHECK(replaced.event->source == "/functions/enrich");
  CHECK(replaced.event->id == "run.step");
  CHECK(replaced.event->data == "x");
  CHECK(word(called(200, {{"ce-type", "order.rich"}, {"ce-specversion", "9"}})) == "dead invalid");
}

TEST_CASE("step outcome: the error says the status and what a readable body says") {
  CHECK(called(500, {{"content-type", "text/plain"}}, "no such customer").error.text ==
        "answered 500: no such customer");
  CHECK(called(500, {{"content-type", "image/png"}}, "\x89PNG").error.text == "answered 500");
  CHECK(called(500, {{"content-type", "text/plain"}}, std::string(1 << 20, 'x')).error.text.size() <= 1024);
}

TEST_CASE("step outcome: Retry-After is handed on") {
  CHECK(called(503, {{"retry-after", "7"}}).retry_after == 7s);
  CHECK(outcome_of_error(ErrorCode::kNoCapacity, "busy", 250ms).retry_after == 250ms);
  CHECK_FALSE(called(503).retry_after.has_value());
}

TEST_CASE("step outcome: an asynchronous call keeps whatever was answered") {
  const StepOutcome missing = outcome_of_async_call({404, {{"a", "b"}}, "none"}, 0);
  CHECK(word(missing) == "dead invalid");
  REQUIRE(missing.result.has_value());
  CHECK(missing.result->status == 404);
  CHECK(missing.result->headers == R"([["a","b"]])");
  CHECK(missing.result->body == "none");
  CHECK(word(outcome_of_async_call({302, {}, {}}, 0)) == "done");
  CHECK(word(outcome_of_async_call({502, {}, {}}, 0)) == "retry error");
}

TEST_CASE("step outcome: a post is done by 2xx alone, and an address that may not be reached is not tried again") {
  CHECK(word(outcome_of_post({204, {}, {}}, 0)) == "done");
  CHECK(word(outcome_of_post({307, {}, {}}, 0)) == "dead invalid");
  CHECK(word(outcome_of_post({500, {}, {}}, 0)) == "retry error");
  CHECK(word(outcome_of_unsent(Error(ErrorCode::kForbidden, "x"))) == "dead invalid");
  CHECK(word(outcome_of_unsent(Error(ErrorCode::kDeadline, "x"))) == "retry timeout");
  CHECK(word(outcome_of_unsent(Error(ErrorCode::kNoCapacity, "x"))) == "retry unavailable");
}
