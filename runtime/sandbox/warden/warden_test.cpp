#include "runtime/sandbox/warden/warden.h"

#include <doctest/doctest.h>

#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

TEST_CASE("warden: an artifact becomes a template whose instance answers") {
  WardenFixture warden;
  CHECK(warden.hello.error == 0);
  auto made = warden.adopt(SOJOURN_TEST_ACTS);
  REQUIRE(made);
  const auto loaded = made->load("acts_entry");
  REQUIRE(loaded);
  CHECK_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  TestInstance instance = made->fork();
  CHECK(instance.start() == "");
  CHECK(instance.call("/echo", "", "hi").body == "hi");
  CHECK(instance.call("/facts").body == "acts@7 hello secret call-2 1");
}
