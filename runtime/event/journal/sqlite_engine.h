// The SqliteEngine keeps the journal in one SQLite file, with a write-ahead log that is synced by the commits that are
// to outlive a power cut. One connection does all of it, checkpoints too.
//
// Its members stand in several files: sqlite_engine.cpp opens and commits, sqlite_accepting.cpp takes in,
// sqlite_leasing.cpp hands out, sqlite_ends.cpp ends jobs and runs, sqlite_line.cpp keeps the order of runs with one
// key, sqlite_letters.cpp drives and drops letters, sqlite_forgetting.cpp forgets, sqlite_views.cpp shows.
//
// Thread: one.
// Owner:  the JournalWriter.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/database/database.h"
#include "runtime/event/journal/journal_engine.h"
#include "runtime/event/journal/journal_queries.h"
#include "runtime/event/journal/lane_book.h"
#include "runtime/event/journal/lease_book.h"
#include "runtime/event/journal/name_book.h"
#include "runtime/event/journal/sqlite_tables.h"

namespace sojourn {

class SqliteEngine final : public JournalEngine {
 public:
  // `most` is what a batch outlives at most: kPowerCut but for the test that shows why.
  static Result<std::unique_ptr<SqliteEngine>> open(const std::string& path, Durability most = Durability::kPowerCut);

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

 private:
  // The last numbers that were given.
  struct Numbers {
    std::int64_t event = 0;
    std::int64_t run = 0;
    std::int64_t letter = 0;
    std::int64_t named = 0;  // the event up to which names stand in their table
  };
  // What the row of a run says about its end and its line.
  struct RunLine {
    std::int64_t seq = 0;
    std::int64_t event = 0;
    RunState state = RunState::kActive;
    Place place = Place::kInNoLine;
    EpochMs ended = 0;
    std::int64_t open = 0;
    std::int64_t failed = 0;   // jobs that are dead, or were and their letter was dropped
    std::int64_t letters = 0;  // that are kept
    std::int64_t jobs = 0;     // that there ever were
    AfterFailure after_failure = AfterFailure::kContinue;
    std::string pipeline;
    std::string key;
  };
  // A job whose lease was proved by its token.
  struct OpenJob {
    std::int64_t seq = 0;
    int attempt = 0;
    bool has_input = false;
    std::string lane;
    RunLine run;
  };
  struct DueJob {
    LeasedJob lease;
    bool has_input = false;
    bool is_whole = false;
  };
  // An event's row, or an input's.
  struct RecordRow {
    EventRecord record;
    EpochMs accepted = 0;
    bool is_whole = false;  // it is there, and fits its checksum
  };
  enum class Grave { kLetter, kNone };
  enum class Begun : std::int64_t { kWithEvent = 0, kLater = 1 };

  SqliteEngine(Database database, JournalQueries queries, Durability most)
      : database_(std::move(database)), queries_(std::move(queries)), most_(most) {}
  Status begin_epoch();
  void count_jobs();
  Status rebuild_index();

  std::optional<Accepted> duplicate_of(const NameDigest& name, EpochMs now);
  std::int64_t insert_event(const Acceptance& acceptance, std::span<const NameDigest> names, std::size_t runs,
                            EpochMs now);
  Accepted take_in(const Acceptance& acceptance, EpochMs now);
  void start(const RunSpec& spec, std::int64_t event, Begun begun, EpochMs now);
  void insert_job(std::int64_t run, std::int64_t index, const JobSpec& spec, JobState state);
  void moved(std::string_view lane, std::optional<JobState> from, std::optional<JobState> to, EpochMs due = 0);
  void read_new_names();
  void write_names();

  void follow_clock(EpochMs now);
  void check_index(std::string_view lane, EpochMs now, std::size_t found);
  std::vector<DueJob> find_due(std::string_view lane, EpochMs now, std::size_t most);
  static DueJob due_job(const Statement& row, std::string_view lane);
  std::optional<LaneView> first_ready(std::string_view lane);
  bool take(DueJob& due, EpochMs now);
  static RecordRow read_record(const Statement& row, std::int64_t number);
  RecordRow record_of(Query query, std::int64_t number);

  // Ends the lease that the token proves; the job has another state by the end of the batch.
  std::optional<OpenJob> end_lease(std::int64_t job, std::int64_t token);
  void make_dead(const OpenJob& job, const AttemptError& error, Grave grave, const Aftermath& after, EpochMs now);
  void put_result(std::int64_t run, const RunResult& result);
  void count(RunLine run, std::int64_t opened, EpochMs now);

  // Of a run that damage has made unfindable nothing but its number.
  RunLine line_of(std::int64_t run);
  void write(const RunLine& run);
  void end(RunLine run, RunState state, EpochMs now);
  void call_next(const RunLine& left);
  std::optional<std::int64_t> in_line(Query query, std::string_view pipeline, std::string_view key);

  void forget_event(std::int64_t event, EpochMs now);
  void keep_names_of(std::int64_t event, EpochMs now);
  void forget_names(EpochMs now, std::size_t most);

  // What a list looked at, and the rows that fitted, damaged ones too.
  struct ListLook {
    std::int64_t low = 0;   // the lowest number that it looked at
    std::int64_t last = 0;  // that fitted
    std::size_t rows = 0;

    void add(std::int64_t number) {
      last = number;
      ++rows;
    }
  };
  std::int64_t newest_of(const ListFilter& filter, std::int64_t last_number);
  std::int64_t next_of(Query below, const ListFilter& filter, const ListLook& look);
  std::optional<RunView> read_run(const Statement& row);
  struct FoundLetter;
  static FoundLetter read_letter(const Statement& row);
  DeadLetter complete_letter(FoundLetter found);
  std::vector<Attempt> attempts_of(std::int64_t job);

  Database database_;
  JournalQueries queries_;
  LaneBook lanes_;
  LeaseBook leases_;
  NameBook names_;
  const Durability most_;
  Durability set_ = Durability::kPowerCut;  // what the next commit outlives
  Numbers numbers_;
  Numbers committed_;
  bool writes_numbers_ = false;  // the rows do not say them any more
  std::int64_t last_token_ = 0;
  EpochMs latest_ = 0;  // that the clock showed, since it was last set back
  EpochMs committed_latest_ = 0;
  std::uint64_t damaged_rows_ = 0;
  bool is_index_damaged_ = false;  // to be built again before the next batch
  // Where forgetting goes on: behind this event.
  EpochMs looked_accepted_ = -1;
  std::int64_t looked_event_ = 0;
  std::string looked_name_;  // and behind this name
};

}  // namespace sojourn
