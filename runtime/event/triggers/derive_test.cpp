#include "runtime/event/triggers/derive.h"

#include "runtime/event/triggers/trace_context.h"
#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;
const std::string kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

CloudEvent made() {
  CloudEvent event;
  event.source = "/functions/f";
  event.type = "made";
  return event;
}

}  // namespace

TEST_CASE("derive: an event without a cause gets an id and a time, and begins a chain") {
  CloudEvent event = made();
  event.attributes = {{"causationid", "forged"}, {"correlationid", "forged"}, {"sojournhops", "-5"}, {"own", "kept"}};
  REQUIRE(derive(event, nullptr, "", kNow).ok());
  CHECK(event.id.size() == 36);
  CHECK(event.attributes ==
        std::map<std::string, std::string, std::less<>>{{"own", "kept"}, {"time", "2027-01-15T08:00:00.000Z"}});
  CHECK(check_event(event).ok());
}

TEST_CASE("derive: an id and a time that are there stay") {
  CloudEvent event = made();
  event.id = "mine";
  event.attributes["time"] = "2020-01-01T00:00:00Z";
  REQUIRE(derive(event, nullptr, "", kNow).ok());
  CHECK(event.id == "mine");
  CHECK(event.attribute("time") == "2020-01-01T00:00:00Z");
}

TEST_CASE("derive: cause, correlation, trace and hops go along the chain") {
  CloudEvent first = event_of("first");
  first.attributes["traceparent"] = kTrace;
  CloudEvent second = made();
  REQUIRE(derive(second, &first, "", kNow).ok());
  CHECK(second.attribute("causationid") == "id-1");
  CHECK(second.attribute("correlationid") == "id-1");
  CHECK(second.attribute(kHopsAttribute) == "1");
  CHECK(second.attribute("traceparent").substr(0, 36) == kTrace.substr(0, 36));
  CHECK(second.attribute("traceparent") != kTrace);
  CHECK(second.attribute("traceparent").substr(52) == "-01");
  CloudEvent third = made();
  REQUIRE(derive(third, &second, "", kNow).ok());
  CHECK(third.attribute("causationid") == second.id);
  CHECK(third.attribute("correlationid") == "id-1");
  CHECK(third.attribute(kHopsAttribute) == "2");
}

TEST_CASE("derive: the call's own trace comes before its cause's") {
  CloudEvent cause = event_of("cause");
  cause.attributes["traceparent"] = kTrace;
  CloudEvent event = made();
  REQUIRE(derive(event, &cause, "00-11111111111111111111111111111111-2222222222222222-00", kNow).ok());
  CHECK(event.attribute("traceparent").starts_with("00-11111111111111111111111111111111-"));
}

TEST_CASE("derive: an event beyond 16 causes is refused as a loop") {
  CloudEvent event = event_of("round");
  for (int hop = 1; hop <= kHopsMax; ++hop) {
    CloudEvent next = made();
    REQUIRE(derive(next, &event, "", kNow).ok());
    CHECK(hops_of(next) == hop);
    event = std::move(next);
  }
  CloudEvent one_more = made();
  const Status refused = derive(one_more, &event, "", kNow);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kLoopDetected);
  CHECK(refused.error().text().find("the limit is 16") != std::string::npos);
}

TEST_CASE("derive: a count of hops that is none does not begin the count again") {
  for (const char* text : {"-1", "abc", "1x", "99999999999999", "17"}) {
    CloudEvent event = event_of("t");
    event.attributes["sojournhops"] = text;
    CHECK(hops_of(event) == kHopsMax);
  }
}

TEST_CASE("trace context: what is no traceparent has no child") {
  CHECK(child_of(kTrace).size() == kTrace.size());
  for (const char* text : {"", "00-", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"}) {
    CAPTURE(std::string(text));
    CHECK(child_of(text).empty());
  }
}
