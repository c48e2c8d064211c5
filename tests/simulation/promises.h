// What a simulation holds the dispatcher to. It is told what was promised to senders and what is done, and compares
// that with what the journal says. Whatever does not fit is kept as a text; the first one is the finding.
//
//   nothing accepted is lost · per key in order and one run at a time · no more attempts than the policy permits ·
//   no lane above its limit · nothing done twice but after a kill · every dead letter can be sent again · hops bounded
//
// Thread: one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/event/dispatch/step_machine.h"
#include "tests/simulation/sim_journal.h"
#include "tests/simulation/sim_world.h"

namespace sojourn::simulation {

class Promises {
 public:
  explicit Promises(const SimWorld& world) : world_(world) {}

  // A sender has heard that it was accepted.
  void accepted(const Acceptance& acceptance, const Accepted& accepted, JournalEngine& engine);
  // An attempt begins beside those that are under way.
  void begins(const StepJob& job, const std::map<std::int64_t, StepJob>& under_way, JournalEngine& engine);
  // It was decided, and the journal may take it from here on, whether somebody hears of it or not.
  void decided(const StepJob& job, const JobEnd& end);
  // The journal has taken it.
  void ended(const StepJob& job, const JobEnd& end);
  void redriven(const DeadLetter& letter);
  void dropped(const DeadLetter& letter);

  enum class Loss { kProcess, kPower };
  // What was under way is gone, and after a power cut what was not synced too.
  void lost(Loss loss);

  // Everything has come to rest.
  void at_rest(JournalEngine& engine);

  const std::string& broken() const { return broken_; }
  void breaks(const std::string& what);
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  using Step = std::pair<std::string, std::string>;  // run and step
  void check_key(const StepJob& job, const std::map<std::int64_t, StepJob>& under_way, JournalEngine& engine);
  void check_end(const RunView& run, JournalEngine& engine);

  const SimWorld& world_;
  std::map<std::string, std::int64_t> promised_;  // runs, with their events
  std::set<Step> done_;                           // by attempts of this process, or of one before
  std::set<Step> done_here_;                      // of this process, as the journal knows
  std::set<std::string> begun_;                   // runs of keys
  std::set<std::string> revived_;                 // runs of which a letter was redriven
  std::set<std::string> called_again_;            // of which the call's: they are called back once more
  std::set<std::string> excused_;                 // runs that may end failed without a letter
  std::uint64_t duplicates_ = 0;
  std::string broken_;
};

}  // namespace sojourn::simulation
