// The CronKeeper fires the cron triggers of everything that is deployed: one queue of next times and one timer for all.
//
// A fire is an event io.sojourn.cron for its trigger alone; its id is the time. It is kept in the journal under a name
// made of pipeline, trigger and time, and in the same batch as the trigger's mark, the last time that was dealt with:
// so that no restart and no second process fires a time twice, or forgets one.
//
// Times that passed unfired, since no server ran, the journal took nothing or the clock leapt, are made up as the
// trigger says: not at all (beyond a minute's delay), the latest one, or all, of which kMadeUpMax at most. What is new
// by a deploy begins with the deploy. When the clock goes back by up to kBackMax, schedules wait until it has come
// again to where it was; beyond that they begin anew, and only the journal's names keep a time from firing twice.
//
// Wiring: made on the home loop once the journal is open, then started(); deployed() there after each change of the
//         route table.
// Thread: its loop.
// Owner:  the gateway. The journal and the clock outlive it.
// Errors: none leave it. What cannot be kept now is tried again every second; what cannot be read is logged.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/timing/cron_schedule.h"
#include "runtime/event/triggers/trigger_table.h"
#include "runtime/loop/loop.h"

namespace sojourn {

inline constexpr std::string_view kCronType = "io.sojourn.cron";

class CronKeeper {
 public:
  using Triggers = std::function<TriggerTablePtr()>;  // those that are deployed now

  CronKeeper(Loop& loop, Journal& journal, Triggers triggers, const Clock& clock, const Log& log);
  ~CronKeeper();
  CronKeeper(const CronKeeper&) = delete;
  CronKeeper& operator=(const CronKeeper&) = delete;

  // Takes up the schedules where the last process left them. Once, first.
  void started();
  // What is deployed has changed.
  void deployed();
  // Looks at the clock now, as it does by itself every kLookEvery: time may have leapt.
  void look();

  struct Stats {
    std::size_t schedules = 0;
    std::uint64_t fired = 0;     // accepted by the journal
    std::uint64_t known = 0;     // it had that time already
    std::uint64_t left_out = 0;  // triggers that had missed times which were not made up
    std::uint64_t looks = 0;     // at the clock
  };
  Stats stats() const;

  static constexpr std::size_t kMadeUpMax = 1000;  // times of one trigger
  static constexpr std::size_t kUnderWayMax = 64;  // fires that the journal was asked to keep
  static constexpr std::size_t kTurnMax = 256;     // triggers looked at in one turn
  static constexpr std::chrono::seconds kLookEvery{30};
  static constexpr std::chrono::seconds kDelayMax{60};  // a time is on time until then
  static constexpr std::chrono::hours kBackMax{3};
  static constexpr std::chrono::hours kNameKept{72};  // under which a time is known again, from that time on
  static constexpr std::chrono::milliseconds kRetryEvery{1'000};

 private:
  enum class Beginning { kAtMark, kNow };
  struct Entry {
    std::uint64_t number = 0;  // who asked the journal, in case it is gone when the answer comes
    BoundTrigger trigger;
    CronSchedule schedule;
    Beginning beginning = Beginning::kNow;
    UtcSeconds seen{};             // every time until then was dealt with
    UtcSeconds due{};              // while it waits: the next time
    std::deque<UtcSeconds> times;  // to be fired now
  };
  struct Question {
    std::string mark;
    std::uint64_t number;
    Beginning beginning;
  };

  void take_table(Beginning beginning);
  void ask_marks();
  void take_marks(const std::vector<Question>& asked, const Result<std::vector<EpochMs>>& marks);
  void wait_for_next(const std::string& mark, Entry& entry);
  void begin_anew(UtcSeconds now);
  void make_due(const std::string& mark, Entry& entry, UtcSeconds now);
  void note_left_out(const Entry& entry, bool had_more);
  void fire_ready();
  void fire(const std::string& mark, const Entry& entry);
  void on_fired(const std::string& mark, std::uint64_t number, UtcSeconds time, const Result<Accepted>& accepted);
  void retry_soon();
  void arm();
  UtcSeconds now() const;
  Entry* find(const std::string& mark, std::uint64_t number);

  Loop& loop_;
  Journal& journal_;
  const Triggers triggers_;
  const Clock& clock_;
  const Log& log_;
  TriggerTablePtr table_;
  std::map<std::string, Entry> entries_;                  // by the name of their mark in the journal
  std::set<std::pair<UtcSeconds, std::string>> waiting_;  // due, mark
  std::deque<std::string> ready_;                         // marks of entries with times to fire
  std::set<std::string> unmarked_;                        // new ones, whose marks are to be asked for
  bool is_asking_ = false;
  std::size_t under_way_ = 0;
  std::uint64_t last_number_ = 0;
  UtcSeconds looked_{};
  bool is_refused_ = false;  // by the journal, and it was logged
  Stats stats_;
  Timer timer_;
  Timer retry_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sojourn
