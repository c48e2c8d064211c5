// What the tests of sources share: a real journal in a directory of its own, a loop, a clock to turn, and a table that
// can be swapped.
#pragma once

#include <cstdio>
#include <doctest/doctest.h>
#include <functional>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/triggers/trigger_stage.h"
#include "tests/harness/process.h"

namespace sojourn::test {

class TurnedClock final : public Clock {
 public:
  explicit TurnedClock(WallTime wall) : wall_(wall) {}
  MonotonicTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return wall_; }
  void set(WallTime wall) { wall_ = wall; }
  void forward(std::chrono::milliseconds by) { wall_ += by; }

 private:
  WallTime wall_;
};

// The time of a text such as 2026-11-22 12:00:30, in UTC.
inline WallTime time_of(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  REQUIRE(std::sscanf(text.c_str(), "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second) == 6);
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                               std::chrono::day(static_cast<unsigned>(day))) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

class SourcesStage {
 public:
  SourcesStage() : log(fileno(log_file_), LogLevel::kInfo) { open_journal(); }
  ~SourcesStage() { std::fclose(log_file_); }

  void open_journal() {
    journal.reset();
    auto opened = Journal::open((directory.path() / "journal").string());
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().text()));
    journal = std::move(*opened);
  }

  // Runs the loop until the condition holds; false when it did not in time.
  bool run_until(const std::function<bool()>& condition,
                 std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    Timer watching(loop);
    Timer giving_up(loop);
    bool held = condition();
    if (held) return true;
    watching.repeat(std::chrono::milliseconds(2), [&] {
      held = condition();
      if (held) loop.stop();
    });
    giving_up.start(patience, [&] { loop.stop(); });
    loop.run();
    return held;
  }
  void run_for(std::chrono::milliseconds time) {
    run_until([] { return false; }, time);
  }

  // What the journal has accepted, the oldest first.
  std::vector<EventView> events() {
    std::vector<EventView> all;
    while (true) {
      const auto page = newest_before(all.empty() ? 0 : all.back().number);
      if (page.empty()) return {all.rbegin(), all.rend()};
      all.insert(all.end(), page.begin(), page.end());
    }
  }
  std::vector<std::string> event_ids() {
    std::vector<std::string> ids;
    for (const EventView& view : events()) ids.push_back(view.event.id);
    return ids;
  }

  std::string log_text() {
    std::string text(65'536, '\0');
    const ssize_t size = ::pread(fileno(log_file_), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  TemporaryDirectory directory;
  Loop loop;
  std::unique_ptr<Journal> journal;
  TurnedClock clock{time_of("2026-11-22 12:00:30")};
  TriggerTablePtr table;

 private:
  std::vector<EventView> newest_before(std::int64_t number) {
    std::vector<EventView> result;
    bool answered = false;
    journal->ask<Listed<EventView>>(
        WorkKind::kEnds, loop,
        [number](JournalEngine& engine) {
          ListFilter filter;
          filter.before = number;
          filter.most = 1000;
          return engine.events(filter);
        },
        [&](Result<Listed<EventView>> views) {
          answered = true;
          if (views.ok()) result = std::move(views->rows);
        });
    REQUIRE(run_until([&] { return answered; }));
    return result;
  }

  std::FILE* log_file_ = std::tmpfile();

 public:
  Log log;
};

}  // namespace sojourn::test
