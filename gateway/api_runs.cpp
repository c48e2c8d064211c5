// /api/v1/runs: what accepted events have begun, step by step.
#include <memory>

#include "gateway/api.h"
#include "gateway/api_journal.h"
#include "gateway/called_function.h"
#include "gateway/redrive.h"

namespace sojourn {
namespace {

constexpr std::size_t kLettersOfRunMax = 1000;

struct WholeRun {
  RunView run;
  std::vector<JobView> jobs;
  Json result;
};

Error no_such_run(std::string_view id) {
  return Error(ErrorCode::kRunNotFound,
               "there is no run `" + std::string(id.substr(0, 80)) + "`: it never was, or its event is forgotten");
}

Result<WholeRun> read_run(JournalEngine& journal, const PayloadStore& payloads, const std::string& id) {
  auto view = journal.run(id);
  if (!view.ok()) return view.error();
  if (!*view) return no_such_run(id);
  auto jobs = journal.jobs(id);
  if (!jobs.ok()) return jobs.error();
  const auto result = journal.result(id);
  if (!result.ok()) return result.error();
  WholeRun whole{std::move(**view), std::move(*jobs), nullptr};
  if (!*result) return whole;
  auto shown = result_json(**result, payloads);
  if (!shown.ok()) return shown.error();
  whole.result = std::move(*shown);
  return whole;
}

// How many letters of the run go on.
Result<std::size_t> redrive_run(JournalEngine& journal, const std::string& id, const RouteTable* routes, EpochMs now) {
  const auto view = journal.run(id);
  if (!view.ok()) return view.error();
  if (!*view) return no_such_run(id);
  ListFilter filter;
  filter.run = id;
  filter.most = kLettersOfRunMax;
  const auto letters = journal.letters(filter);
  if (!letters.ok()) return letters.error();
  for (const DeadLetter& letter : letters->rows) {
    if (auto redriven = redrive(journal, letter, routes, now); !redriven.ok()) return redriven.error();
  }
  if (letters->rows.empty())
    return Error(ErrorCode::kConflict, "the run has no dead letter: there is nothing to retry");
  return letters->rows.size();
}

// The run has ended, or never was.
void refuse_to_cancel(ApiCall& call) {
  using Found = std::optional<RunView>;
  ask_journal<Found>(
      call, WorkKind::kNotes, [id = call.name()](JournalEngine& journal) { return journal.run(id); },
      [](ApiCall& waiting, Found& run) {
        if (!run) return waiting.fail(no_such_run(waiting.name()));
        waiting.fail(Error(ErrorCode::kConflict, "the run has ended: there is nothing to cancel"));
      });
}

}  // namespace

void list_runs(ApiCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return call.fail(filter.error());
  list_rows<RunView>(call, *filter, &JournalEngine::runs, run_json);
}

void show_run(ApiCall& call) {
  ask_journal<WholeRun>(
      call, WorkKind::kNotes,
      [desk = call.site().events, id = call.name()](JournalEngine& engine) {
        return read_run(engine, desk->journal()->payloads(), id);
      },
      [](ApiCall& waiting, WholeRun& whole) {
        Json json = run_json(whole.run);
        json["steps"] = Json::array();
        const RouteTablePtr routes = waiting.worker().routes();
        for (const JobView& job : whole.jobs) {
          json["steps"].push_back(step_json(whole.run, job, called_function(*routes, whole.run, job.step)));
        }
        json["result"] = std::move(whole.result);
        waiting.reply(200, json);
      });
}

void cancel_run(ApiCall& call) {
  call.site().events->cancel(call.name(), call.worker().loop(), [later = call.later()](const Result<bool>& cancelled) {
    later([cancelled](ApiCall& waiting) {
      if (!cancelled.ok()) return waiting.fail(cancelled.error());
      if (!*cancelled) return refuse_to_cancel(waiting);
      waiting.reply(200, {{"id", waiting.name()}, {"state", name(RunState::kCancelled)}});
    });
  });
}

void retry_run(ApiCall& call) {
  auto routes = routes_to_redrive_by(call);
  if (!routes.ok()) return call.fail(routes.error());
  ask_journal<std::size_t>(
      call, WorkKind::kEnds,
      [id = call.name(), routes = *routes, now = wall_ms()](JournalEngine& journal) {
        return redrive_run(journal, id, routes.get(), now);
      },
      [](ApiCall& waiting, std::size_t& redriven) {
        waiting.reply(200, {{"id", waiting.name()}, {"redriven", redriven}});
      });
}

}  // namespace sojourn
