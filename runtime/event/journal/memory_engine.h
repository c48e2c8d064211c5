// The MemoryEngine keeps the journal in memory alone: for a manifest's own tests, which need no disk, and as what the
// embedded engine is compared with. It does what the conformance suite asks, but that nothing outlives it; a batch
// that is rolled back is undone by going back to a copy.
//
// It says the same as the embedded engine in the plainest way that there is: every answer is looked for in all rows.
//
// Thread: one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/event/journal/journal_engine.h"
#include "runtime/event/journal/lane_book.h"

namespace sojourn {

class MemoryEngine final : public JournalEngine {
 public:
  Status begin(Outlives outlives) override;
  Status commit() override;
  void rollback() override;
  std::vector<LaneWake> take_woken() override { return lanes_.take_woken(); }

  Result<Accepted> accept(const Acceptance& acceptance, EpochMs now) override;
  Result<bool> begin_run(std::int64_t event, const RunSpec& run, EpochMs now) override;
  Result<std::vector<LeasedJob>> lease(std::string_view lane, EpochMs now, std::size_t most) override;
  Result<bool> complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) override;
  Result<bool> retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due,
                     EpochMs now) override;
  Result<bool> give_back(std::int64_t job, std::int64_t token, EpochMs due) override;
  Result<bool> bury(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                    EpochMs now) override;
  Result<bool> fail(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                    EpochMs now) override;
  Result<bool> cancel(std::string_view run, EpochMs now) override;
  Result<bool> redrive(std::int64_t letter, EpochMs now) override;
  Result<bool> rebind(std::string_view run, std::string_view definition) override;
  Result<bool> drop_letter(std::int64_t letter, EpochMs now) override;
  Result<Forgotten> forget(EpochMs before, EpochMs now, std::size_t most) override;
  Status set_mark(std::string_view name, std::int64_t value) override;

  Result<std::optional<std::int64_t>> mark(std::string_view name) override;
  Result<std::optional<RunView>> run(std::string_view id) override;
  Result<std::vector<JobView>> jobs(std::string_view run) override;
  Result<std::optional<RunResult>> result(std::string_view run) override;
  Result<std::optional<EventView>> event(std::int64_t number) override;
  Result<Listed<RunView>> runs(const ListFilter& filter) override;
  Result<Listed<EventView>> events(const ListFilter& filter) override;
  Result<Listed<DeadLetter>> letters(const ListFilter& filter) override;
  Result<std::optional<DeadLetter>> letter(std::int64_t number) override;
  Result<std::vector<LaneView>> lanes() override;
  Result<JournalStats> stats() override;
  Result<bool> uses(const Digest& blob) override;

  // As if it were closed and opened again: leases are lost, everything else stays.
  void begin_epoch();

 private:
  struct Job {
    std::int64_t run = 0;
    JobSpec spec;
    JobView view;
    std::int64_t token = 0;
  };
  struct Run {
    RunView view;
    AfterFailure after_failure = AfterFailure::kContinue;
    int failed = 0;
    int letters = 0;
    int jobs = 0;  // that there ever were
    std::optional<RunResult> result;
  };
  struct Duplicate {
    std::int64_t event = 0;
    std::string run;
    EpochMs until = 0;
  };
  struct Letter {
    std::int64_t job = 0;
    EpochMs at = 0;
  };
  using Position = std::pair<EpochMs, std::int64_t>;  // when an event was accepted, and its number
  struct State {
    std::map<std::int64_t, EventView> events;
    std::map<std::int64_t, Run> runs;
    std::map<std::string, std::int64_t, std::less<>> run_ids;
    std::map<std::int64_t, Job> jobs;
    std::map<std::string, Duplicate, std::less<>> duplicates;
    std::map<std::int64_t, Letter> letters;
    std::map<std::string, std::int64_t, std::less<>> marks;
    std::int64_t last_event = 0;
    std::int64_t last_run = 0;
    std::int64_t last_letter = 0;
    EpochMs latest = 0;  // that the clock showed, since it was last set back
  };
  enum class Grave { kLetter, kNone };

  bool has_open(std::string_view lane) const;
  Job* leased(std::int64_t job, std::int64_t token);
  void follow_clock(EpochMs now);
  void add_job(std::int64_t run, const JobSpec& spec, JobState state);
  void start(const RunSpec& spec, std::int64_t event, EpochMs now);
  void set_state(Job& job, JobState state);
  void make_dead(std::int64_t job, const AttemptError& error, Grave grave, const Aftermath& after, EpochMs now);
  // Whether it is at the counter of its line: nobody else of its key may begin.
  static bool is_at_counter(const Run& run);
  bool is_somebody_at_counter(std::string_view pipeline, std::string_view key) const;
  void end_job(Run& run, int opened, EpochMs now);
  void end_run(Run& run, RunState state, EpochMs now);
  void call_next(const Run& left);
  bool is_over(std::int64_t event) const;
  DeadLetter show(std::int64_t number, const Letter& letter);

  State state_;
  std::unique_ptr<State> before_;  // during a batch
  LaneBook lanes_;
  std::int64_t last_token_ = 0;  // never goes back
  Position looked_{-1, 0};       // where forgetting goes on
};

}  // namespace sojourn
