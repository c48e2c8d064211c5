#include "gateway/events/emitted_event.h"

#include <doctest/doctest.h>
#include <memory>

namespace sojourn {
namespace {

EmittedBy by_call() {
  auto version = std::make_shared<Version>();
  version->function = "shop";
  EmittedBy by;
  by.version = version;
  by.call_id = "c-1";
  return by;
}

EmittedEvent said() {
  EmittedEvent emitted;
  emitted.source = "/functions/shop";
  emitted.attributes = {{"type", "com.example.sold"}, {"subject", "7"}};
  emitted.data = "{}";
  return emitted;
}

}  // namespace

TEST_CASE("emitted event: the platform says whose it is, and gives it an id and a time") {
  const auto event = to_event(by_call(), said(), 1'000);
  REQUIRE(event.ok());
  CHECK(event->source == "/functions/shop");
  CHECK(event->type == "com.example.sold");
  CHECK(event->attribute("subject") == "7");
  CHECK_FALSE(event->id.empty());
  CHECK(event->attribute("time") == "1970-01-01T00:00:01.000Z");
  CHECK_FALSE(event->has("causationid"));
}

TEST_CASE("emitted event: of a call that was made for an event it says so, and counts on") {
  EmittedBy by = by_call();
  by.cause = "e-1";
  by.correlation = "order-9";
  by.hops = 3;
  const auto event = to_event(by, said(), 1'000);
  REQUIRE(event.ok());
  CHECK(event->attribute("causationid") == "e-1");
  CHECK(event->attribute("correlationid") == "order-9");
  CHECK(event->attribute("sojournhops") == "3");
}

TEST_CASE("emitted event: a chain of causes that is too long ends here") {
  EmittedBy by = by_call();
  by.cause = "e-1";
  by.hops = 17;
  const auto event = to_event(by, said(), 1'000);
  REQUIRE_FALSE(event.ok());
  CHECK(event.error().code() == ErrorCode::kLoopDetected);
}

}  // namespace sojourn
