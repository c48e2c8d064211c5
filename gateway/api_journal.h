// What the handlers of events, runs and dead letters share: asking the journal, and the filters in a query.
//
// Thread: the call's loop.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "gateway/api_call.h"
#include "gateway/event_views.h"
#include "gateway/events/event_desk.h"

namespace sojourn {

// Does `work` on the journal's thread and shows what it gave; an error is the call's reply, and so is that there is no
// journal. `work` may run again.
template <class T>
void ask_journal(ApiCall& call, WorkKind kind, std::function<Result<T>(JournalEngine&)> work,
                 std::function<void(ApiCall&, T&)> show) {
  call.site().events->ask<T>(kind, call.worker().loop(), std::move(work),
                             [later = call.later(), show = std::move(show)](Result<T> answer) {
                               later([answer = std::make_shared<Result<T>>(std::move(answer)), show](ApiCall& waiting) {
                                 answer->ok() ? show(waiting, **answer) : waiting.fail(answer->error());
                               });
                             });
}

// Lists rows of the journal: `list` is the engine's, `show` makes one row's JSON. `next` may stand on a page that is
// short or empty, where the look ended before the rows did.
template <class Row>
void list_rows(ApiCall& call, const ListFilter& filter,
               Result<Listed<Row>> (JournalEngine::*list)(const ListFilter& filter), Json (*show)(const Row& row)) {
  ask_journal<Listed<Row>>(
      call, WorkKind::kNotes, [filter, list](JournalEngine& journal) { return (journal.*list)(filter); },
      [show](ApiCall& waiting, Listed<Row>& listed) {
        Json items = Json::array();
        for (const Row& row : listed.rows) items.push_back(show(row));
        waiting.reply_list(std::move(items), listed.next == 0 ? "" : std::to_string(listed.next));
      });
}

// ?pipeline ?type ?source ?state ?since ?until ?limit ?after: times by RFC 3339, `after` a number.
Result<ListFilter> filter_of(const ApiCall& call);
// The same members of a JSON body: pipeline, type, source, since, until, before.
Result<ListFilter> filter_in(const nlohmann::json& body);
// By what a redriven run goes on: the loop's routes, or null with ?keepVersions=true.
Result<RouteTablePtr> routes_to_redrive_by(ApiCall& call);
// The number that the resource is named by: `/events/17`.
Result<std::int64_t> number_of(std::string_view name, std::string_view what);

}  // namespace sojourn
