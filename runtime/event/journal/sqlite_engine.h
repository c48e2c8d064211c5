// The SqliteEngine keeps the journal in one SQLite file, with a write-ahead log that is synced at every commit. One
// connection does all of it, checkpoints too.
//
// Thread: one.
// Owner:  the JournalWriter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/database/database.h"
#include "runtime/event/journal/journal_engine.h"
#include "runtime/event/journal/sqlite_tables.h"

namespace sojourn {

class SqliteEngine final : public JournalEngine {
 public:
  // `durability` is kPowerCut but for the test that shows why.
  static Result<std::unique_ptr<SqliteEngine>> open(const std::string& path,
                                                    Durability durability = Durability::kPowerCut);

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

 private:
  enum Query : std::size_t;
  struct OpenJob {
    std::int64_t run = 0;
    int attempt = 0;
  };
  struct DueJob {
    LeasedJob lease;
    std::int64_t run_row = 0;
    std::int64_t checksum = 0;
  };
  enum class Outcome { kDone, kDead };

  explicit SqliteEngine(Database database) : database_(std::move(database)) {}
  Status prepare_all();
  Status begin_epoch();
  // The statement, with its parameters bound.
  template <class... Values>
  Statement& with(Query query, const Values&... values);
  // The first column of a query's one row; nothing when it has none.
  Result<std::optional<std::int64_t>> number_of(Statement& query);

  Result<std::int64_t> insert_event(const EventRecord& event, EpochMs now);
  Status begin_run(const RunSpec& spec, std::int64_t event, EpochMs now);
  Status insert_job(std::int64_t run, const JobSpec& spec, StoredJob state);
  Result<std::vector<DueJob>> find_due(EpochMs now, std::size_t most);
  Result<bool> take(DueJob& due, EpochMs now);
  Result<std::optional<OpenJob>> leased(std::int64_t job, std::int64_t token);
  Status make_dead(std::int64_t job, std::int64_t run, int attempt, const AttemptError& error, EpochMs now);
  Status end_job(std::int64_t run, int followers, Outcome outcome, EpochMs now);
  Status end_run(std::int64_t run, RunState state, EpochMs now);
  Result<bool> has_open_run(std::string_view pipeline, std::string_view key);
  // False: its checksum does not fit.
  Result<bool> read_event(std::int64_t number, EventRecord& event);

  Database database_;
  std::vector<Statement> statements_;
  std::int64_t epoch_ = 0;
  std::int64_t last_token_ = 0;
};

}  // namespace sojourn
