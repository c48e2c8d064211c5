#include "gateway/serial_thread.h"

#include <doctest/doctest.h>
#include <future>
#include <vector>

namespace sojourn {
namespace {

TEST_CASE("serial thread: work runs in the order it came, and all of it before the end") {
  std::vector<int> order;
  {
    SerialThread thread;
    for (int i = 0; i < 100; ++i) REQUIRE(thread.run([&order, i] { order.push_back(i); }).ok());
  }
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("serial thread: more waiting work than the bound is refused") {
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  SerialThread thread;
  Status last;
  std::size_t accepted = 0;
  while (accepted < kSerialWaitingMax + 2 && last.ok()) {
    last = thread.run([opened] { opened.wait(); });
    if (last.ok()) ++accepted;
  }
  CHECK(last.error().code() == ErrorCode::kNoCapacity);
  CHECK(accepted >= kSerialWaitingMax);
  gate.set_value();
}

}  // namespace
}  // namespace sojourn
