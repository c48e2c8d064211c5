#include "runtime/loop/loop.h"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

namespace sojourn {

using namespace std::chrono_literals;

TEST_CASE("loop: work posted by another thread runs on the loop's thread") {
  Loop loop;
  std::thread other([&] {
    loop.post([&] {
      CHECK(loop.on_loop_thread());
      loop.stop();
    });
  });
  loop.run();
  other.join();
}

TEST_CASE("loop: the end of a turn comes after every ready descriptor of the turn") {
  Loop loop;
  int pipes[2][2];
  for (auto& ends : pipes) {
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
  }
  std::string order;
  {
    FdWatcher first(loop, pipes[0][0]);
    FdWatcher second(loop, pipes[1][0]);
    const auto watch = [&](FdWatcher& watcher, char letter) {
      watcher.watch(FdWatcher::kReadable, [&, letter](int) {
        order += letter;
        watcher.stop();
        loop.at_turn_end([&] {
          order += '.';
          loop.stop();
        });
      });
    };
    watch(first, 'r');
    watch(second, 'r');
    loop.run();
  }
  CHECK(order == "rr..");
  for (auto& ends : pipes) {
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST_CASE("loop: a watcher that was stopped watches for the same again") {
  Loop loop;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  int times = 0;
  {
    Timer again(loop);
    Timer patience(loop);
    FdWatcher watcher(loop, ends[0]);
    watcher.watch(FdWatcher::kReadable, [&](int) {
      if (++times == 2) return loop.stop();
      watcher.stop();
      again.start(1ms, [&] { watcher.watch(FdWatcher::kReadable); });
    });
    patience.start(2s, [&] { loop.stop(); });
    loop.run();
  }
  CHECK(times == 2);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("loop: a timer may drop itself while it fires") {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  timer->start(1ms, [&] {
    timer.reset();
    loop.stop();
  });
  loop.run();
  CHECK(timer == nullptr);
}

TEST_CASE("loop: blocking work runs elsewhere and its end on the loop") {
  Loop loop;
  bool elsewhere = false;
  loop.run_blocking([&] { elsewhere = !loop.on_loop_thread(); },
                    [&] {
                      CHECK(loop.on_loop_thread());
                      loop.stop();
                    });
  loop.run();
  CHECK(elsewhere);
}

}  // namespace sojourn
