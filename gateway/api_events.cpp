// /api/v1/events: what was accepted, and having it begin runs once more.
#include <algorithm>
#include <memory>

#include "gateway/api.h"
#include "gateway/api_journal.h"
#include "gateway/replay.h"

namespace sojourn {
namespace {

Error no_such_event(std::int64_t number) {
  return Error(ErrorCode::kEventNotFound,
               "there is no event " + std::to_string(number) + ": it is forgotten, or never was");
}

struct WholeEvent {
  Json shown;
};

Result<WholeEvent> read_event(JournalEngine& journal, const PayloadStore& payloads, std::int64_t number) {
  const auto view = journal.event(number);
  if (!view.ok()) return view.error();
  if (!*view) return no_such_event(number);
  auto event = event_json((*view)->event, payloads);
  if (!event.ok()) return event.error();
  ListFilter begun;
  begun.event = number;
  const auto runs = journal.runs(begun);
  if (!runs.ok()) return runs.error();
  WholeEvent whole{event_head_json(**view)};
  whole.shown["event"] = std::move(*event);
  whole.shown["runs"] = Json::array();
  for (const RunView& run : runs->rows) whole.shown["runs"].push_back(run_json(run));
  return whole;
}

void show_replayed(ApiCall& call, const Replayed& replayed) {
  Json json = {{"events", replayed.events}, {"runs", Json::array()}, {"next", nullptr}};
  for (const ReplayedRun& run : replayed.runs) {
    Json item = {{"event", run.event}, {"pipeline", run.pipeline}};
    if (!run.id.empty()) item["run"] = run.id;
    json["runs"].push_back(std::move(item));
  }
  if (replayed.next != 0) json["next"] = replayed.next;
  call.reply(200, json);
}

// The journal is only read for a dry run, so that it needs no sync.
void ask_replay(ApiCall& call, ReplayWish wish) {
  wish.triggers = call.worker().routes()->triggers();
  wish.now = wall_ms();
  const WorkKind kind = wish.mode == ReplayMode::kDryRun ? WorkKind::kNotes : WorkKind::kAccepts;
  EventDesk* const desk = call.site().events;
  ask_journal<Replayed>(
      call, kind,
      [wish = std::move(wish), desk](JournalEngine& journal) {
        return replay(journal, desk->journal()->payloads(), wish);
      },
      [](ApiCall& waiting, Replayed& replayed) { show_replayed(waiting, replayed); });
}

Result<ReplayWish> wish_in(ApiCall& call) {
  const auto body = json_body(call);
  if (!body.ok()) return body.error();
  const auto filter = filter_in(*body);
  if (!filter.ok()) return filter.error();
  ReplayWish wish;
  wish.which = *filter;
  wish.which.pipeline.clear();
  wish.pipeline = filter->pipeline;
  if (const auto dry = body->find("dryRun"); dry != body->end()) {
    if (!dry->is_boolean()) return Error(ErrorCode::kBadRequest, "member `dryRun`: has to be true or false");
    wish.mode = dry->get<bool>() ? ReplayMode::kDryRun : ReplayMode::kBegin;
  }
  return wish;
}

}  // namespace

void list_events(ApiCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return call.fail(filter.error());
  list_rows<EventView>(call, *filter, &JournalEngine::events, event_head_json);
}

void show_event(ApiCall& call) {
  const auto number = number_of(call.request().name, "event");
  if (!number.ok()) return call.fail(number.error());
  ask_journal<WholeEvent>(
      call, WorkKind::kNotes,
      [desk = call.site().events, number = *number](JournalEngine& journal) {
        return read_event(journal, desk->journal()->payloads(), number);
      },
      [](ApiCall& waiting, WholeEvent& event) { waiting.reply(200, event.shown); });
}

void replay_event(ApiCall& call) {
  const auto number = number_of(call.request().name, "event");
  if (!number.ok()) return call.fail(number.error());
  auto wish = wish_in(call);
  if (!wish.ok()) return call.fail(wish.error());
  wish->only = *number;
  ask_replay(call, std::move(*wish));
}

void replay_events(ApiCall& call) {
  auto wish = wish_in(call);
  if (!wish.ok()) return call.fail(wish.error());
  if (wish->which.since == 0) {
    return call.fail(Error(ErrorCode::kBadRequest, "say from when on: {\"since\": \"2026-11-22T12:00:00Z\"}"));
  }
  ask_replay(call, std::move(*wish));
}

}  // namespace sojourn
