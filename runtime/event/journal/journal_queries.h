// The JournalQueries are the embedded engine's statements, made ready once. The first that fails is remembered, and
// nothing runs any more until the failure was asked for: so an operation of many statements looks once, at its end.
//
//   queries.run(Query::kEndJob, ...); queries.each(Query::kReleaseJobs, ..., row); return queries.answer(true);
//
// Thread: one, the engine's.
// Owner:  the SqliteEngine, beside the Database, which outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/database/database.h"

namespace sojourn {

enum class Query : std::size_t {
  // batches, and numbers
  kBegin,
  kCommit,
  kReadNumbers,
  kWriteNumbers,
  kCountJobs,
  // accepting
  kInsertEvent,
  kFindName,
  kFirstRunOf,
  kPutName,
  kNewNames,
  kNamesOf,
  kInsertRun,
  kInsertJob,
  kInsertInput,
  // lines of runs with one key
  kInLine,
  kAtCounter,
  kNextWaiting,
  kReleaseJobs,
  // leasing
  kFindDue,
  kFirstDueAfter,
  kBringForward,
  kBringHeldForward,
  kLastAccepted,
  kReadEvent,
  kReadInput,
  kTakeJob,
  // ends
  kEndJob,
  kMakeReady,
  kPutAttempt,
  kDropInput,
  kPutResult,
  kReadLine,
  kCountRun,
  kWriteRun,
  kFindRun,
  kDropOpenJobs,
  kDropAttempts,
  // letters
  kPutLetter,
  kFindLetter,
  kReviveJob,
  kDropLetter,
  // forgetting
  kLookOver,
  kRunsOfEvent,
  kDropAttemptsOfRun,
  kDropInputsOfRun,
  kDropJobsOfRun,
  kDropResult,
  kDropRun,
  kDropEvent,
  kLookNamesOver,
  kDropName,
  // marks
  kPutMark,
  kReadMark,
  // views
  kRebindRun,
  kReadRun,
  kListRuns,
  kListRunsOfEvent,
  kReadJobs,
  kReadAttempts,
  kReadResult,
  kListEvents,
  kEventBefore,
  kRunBefore,
  kEventBelow,
  kRunBelow,
  kLetterBelow,
  kListLetters,
  kListLettersOfRun,
  kFirstDue,
  kAcceptedWhen,
  kCountLetters,
  kUsesBlob,
  kCount,
};

class JournalQueries {
 public:
  static Result<JournalQueries> prepare(Database& database);

  // Runs it to its end, whatever rows there are.
  template <class... Values>
  void run(Query query, const Values&... values) {
    each(
        query, [](const Statement&) {}, values...);
  }
  // Calls `on_row` for each row, as long as it says true if it says anything. REQUIRES: `on_row` does not run the same
  // query.
  template <class OnRow, class... Values>
  void each(Query query, OnRow on_row, const Values&... values) {
    if (!failure_.ok()) return;
    Statement& statement = bind(query, values...);
    for (;;) {
      auto row = statement.step();
      if (!row) failure_ = row.error();
      if (!row || !*row) return;
      if constexpr (std::is_same_v<std::invoke_result_t<OnRow&, const Statement&>, bool>) {
        if (!on_row(statement)) return statement.reset();
      } else {
        on_row(statement);
      }
    }
  }
  // The first column of its only row; nothing when there is none.
  template <class... Values>
  std::optional<std::int64_t> number(Query query, const Values&... values) {
    std::optional<std::int64_t> number;
    each(
        query, [&](const Statement& row) { number = row.integer(0); }, values...);
    return number;
  }

  // The first failure since the last answer, or the value.
  template <class T>
  Result<T> answer(T value) {
    const Status failed = settle();
    if (!failed.ok()) return failed.error();
    return value;
  }
  Status settle() { return std::exchange(failure_, Status()); }
  bool failed() const { return !failure_.ok(); }
  // An operation found something wrong itself.
  void fail(const Error& error) {
    if (failure_.ok()) failure_ = error;
  }
  // Gives up every row that was not looked at.
  void reset();

 private:
  JournalQueries() = default;

  template <class... Values>
  Statement& bind(Query query, const Values&... values) {
    Statement& statement = statements_[static_cast<std::size_t>(query)];
    [[maybe_unused]] int index = 0;
    (bind_one(statement, ++index, values), ...);
    return statement;
  }
  template <class Value>
  static void bind_one(Statement& statement, int index, const Value& value) {
    if constexpr (std::is_enum_v<Value> || std::is_integral_v<Value>) {
      statement.bind(index, static_cast<std::int64_t>(value));
    } else {
      statement.bind_view(index, std::string_view(value));
    }
  }

  std::vector<Statement> statements_;
  Status failure_;
};

// A digest as it stands in a row; without one an empty text.
std::string_view bytes_of(const std::optional<Digest>& digest);
std::optional<Digest> digest_of(std::string_view bytes);

}  // namespace sojourn
