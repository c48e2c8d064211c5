// The MemoryEngine keeps the journal in memory alone: for a manifest's own tests, which need no disk, and as what the
// embedded engine is compared with. It does what the conformance suite asks, but that nothing outlives it; a batch
// that is rolled back is undone by going back to a copy.
//
// Thread: one.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "runtime/event/journal/journal_engine.h"

namespace sojourn {

class MemoryEngine final : public JournalEngine {
 public:
  Status begin() override;
  Status commit() override;
  void rollback() override;

  Result<Accepted> accept(const Acceptance& acceptance, EpochMs now) override;
  Result<std::vector<LeasedJob>> lease(EpochMs now, std::size_t most) override;
  Result<bool> complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) override;
  Result<bool> retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due) override;
  Result<bool> give_back(std::int64_t job, std::int64_t token) override;
  Result<bool> bury(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs now) override;
  Result<bool> cancel(std::string_view run, EpochMs now) override;
  Result<bool> redrive(std::int64_t letter, EpochMs now) override;
  Result<bool> drop_letter(std::int64_t letter) override;
  Result<std::size_t> forget(EpochMs before, EpochMs now, std::size_t most) override;
  Result<std::optional<RunView>> run(std::string_view id) override;
  Result<std::vector<DeadLetter>> letters(std::int64_t after, std::size_t most) override;
  Result<std::optional<EpochMs>> next_due() override;
  Result<std::size_t> open_jobs() override;

  // As if it were closed and opened again: leases are lost, everything else stays.
  void begin_epoch();

 private:
  enum class JobState { kHeld, kReady, kLeased, kDead };
  struct Job {
    std::int64_t run = 0;
    JobSpec spec;
    JobState state = JobState::kReady;
    int attempt = 0;
    std::int64_t token = 0;
    AttemptError error;
  };
  struct Run {
    RunView view;
    int failed = 0;
  };
  struct Event {
    EventRecord record;
    EpochMs accepted = 0;
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
  struct State {
    std::map<std::int64_t, Event> events;
    std::map<std::int64_t, Run> runs;
    std::map<std::string, std::int64_t, std::less<>> run_ids;
    std::map<std::int64_t, Job> jobs;
    std::map<std::string, Duplicate, std::less<>> duplicates;
    std::map<std::int64_t, Letter> letters;
    std::int64_t last_event = 0;
    std::int64_t last_run = 0;
    std::int64_t last_job = 0;
    std::int64_t last_letter = 0;
  };

  Job* leased(std::int64_t job, std::int64_t token);
  void add_job(std::int64_t run, const JobSpec& spec, JobState state);
  // The first open run of a pipeline's key, or nullptr.
  Run* first_in_order(std::string_view pipeline, std::string_view key);
  void end_job(std::int64_t run, int followers, int failed, EpochMs now);
  void end_run(Run& run, RunState state, EpochMs now);
  void release(Run& run);

  State state_;
  std::unique_ptr<State> before_;  // during a batch
  std::int64_t last_token_ = 0;    // never goes back
};

}  // namespace sojourn
