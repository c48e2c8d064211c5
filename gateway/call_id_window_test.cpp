#include "gateway/call_id_window.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

TEST_CASE("call id window: an id is taken once, in whatever case it is written") {
  CallIdWindow window;
  CHECK(window.take(*parse_uuid("0b3d8c1e-1111-4222-8333-944455556666")));
  CHECK_FALSE(window.take(*parse_uuid("0B3D8C1E-1111-4222-8333-944455556666")));
  CHECK(window.take(*parse_uuid("0b3d8c1e-1111-4222-8333-944455556667")));
}

TEST_CASE("call id window: the oldest id is forgotten when the window is full") {
  CallIdWindow window(2);
  const CallIdBytes first{1}, second{2}, third{3};
  window.take(first);
  window.take(second);
  window.take(third);
  CHECK_FALSE(window.take(third));
  CHECK_FALSE(window.take(second));
  CHECK(window.take(first));
}

TEST_CASE("call id window: only a UUID is an id") {
  for (const auto text : {"", "hello", "0b3d8c1e-1111-4222-8333-94445555666", "0b3d8c1e-1111-4222-8333-9444555566667",
                          "0b3d8c1e11114222833394445555666612345", "0b3d8c1g-1111-4222-8333-944455556666",
                          "0b3d8c1e-1111-4222-83339-44455556666"}) {
    CHECK_FALSE(parse_uuid(text).has_value());
  }
}

}  // namespace
}  // namespace sojourn
