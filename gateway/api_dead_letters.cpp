// /api/v1/dead-letters: steps that were tried for the last time, kept to be looked at and sent again.
#include "gateway/api.h"
#include "gateway/api_journal.h"
#include "gateway/redrive.h"

namespace sojourn {
namespace {

constexpr std::size_t kRedrivenAtOnceMax = 1000;  // letters of one request

Error no_such_letter(std::int64_t number) {
  return Error(ErrorCode::kLetterNotFound,
               "there is no dead letter " + std::to_string(number) + ": it was redriven or dropped, or never was");
}

struct WholeLetter {
  Json shown;
};

Result<WholeLetter> read_letter(JournalEngine& journal, const PayloadStore& payloads, std::int64_t number) {
  const auto letter = journal.letter(number);
  if (!letter.ok()) return letter.error();
  if (!*letter) return no_such_letter(number);
  auto event = event_json((*letter)->event, payloads);
  if (!event.ok()) return event.error();
  auto input = event_json((*letter)->input, payloads);
  if (!input.ok()) return input.error();
  WholeLetter whole{letter_json(**letter)};
  whole.shown["event"] = std::move(*event);
  whole.shown["input"] = std::move(*input);
  return whole;
}

struct Redriven {
  std::size_t count = 0;
  std::int64_t next = 0;  // 0: there are no more
};

// The newest first; letters that fail again meanwhile are newer than all of these.
Result<Redriven> redrive_all(JournalEngine& journal, const ListFilter& filter, const RouteTable* routes, EpochMs now) {
  const auto letters = journal.letters(filter);
  if (!letters.ok()) return letters.error();
  Redriven redriven;
  for (const DeadLetter& letter : letters->rows) {
    const auto done = redrive(journal, letter, routes, now);
    if (!done.ok()) return done.error();
    if (*done) ++redriven.count;
  }
  redriven.next = letters->next;
  return redriven;
}

Result<bool> redrive_one(JournalEngine& journal, std::int64_t number, const RouteTable* routes, EpochMs now) {
  const auto letter = journal.letter(number);
  if (!letter.ok()) return letter.error();
  if (!*letter) return false;
  return redrive(journal, **letter, routes, now);
}

void show_number(ApiCall& call, std::int64_t number) {
  call.reply(200, {{"number", number}});
}

// Does something to the letter that the call names.
void act_on_letter(ApiCall& call, const std::function<Result<bool>(JournalEngine&, std::int64_t number)>& act) {
  const auto number = number_of(call.request().name, "dead letter");
  if (!number.ok()) return call.fail(number.error());
  ask_journal<bool>(
      call, WorkKind::kEnds, [act, number = *number](JournalEngine& journal) { return act(journal, number); },
      [number = *number](ApiCall& waiting, bool& found) {
        found ? show_number(waiting, number) : waiting.fail(no_such_letter(number));
      });
}

}  // namespace

void list_letters(ApiCall& call) {
  const auto filter = filter_of(call);
  if (!filter.ok()) return call.fail(filter.error());
  list_rows<DeadLetter>(call, *filter, &JournalEngine::letters, letter_json);
}

void show_letter(ApiCall& call) {
  const auto number = number_of(call.request().name, "dead letter");
  if (!number.ok()) return call.fail(number.error());
  ask_journal<WholeLetter>(
      call, WorkKind::kNotes,
      [desk = call.site().events, number = *number](JournalEngine& engine) {
        return read_letter(engine, desk->journal()->payloads(), number);
      },
      [](ApiCall& waiting, WholeLetter& letter) { waiting.reply(200, letter.shown); });
}

void redrive_letter(ApiCall& call) {
  auto routes = routes_to_redrive_by(call);
  if (!routes.ok()) return call.fail(routes.error());
  act_on_letter(call, [routes = *routes, now = wall_ms()](JournalEngine& journal, std::int64_t number) {
    return redrive_one(journal, number, routes.get(), now);
  });
}

void drop_letter(ApiCall& call) {
  act_on_letter(call, [now = wall_ms()](JournalEngine& journal, std::int64_t number) {
    return journal.drop_letter(number, now);
  });
}

void redrive_letters(ApiCall& call) {
  const auto body = json_body(call);
  if (!body.ok()) return call.fail(body.error());
  auto filter = filter_in(*body);
  if (!filter.ok()) return call.fail(filter.error());
  filter->most = kRedrivenAtOnceMax;
  auto routes = routes_to_redrive_by(call);
  if (!routes.ok()) return call.fail(routes.error());
  ask_journal<Redriven>(
      call, WorkKind::kEnds,
      [filter = *filter, routes = *routes, now = wall_ms()](JournalEngine& journal) {
        return redrive_all(journal, filter, routes.get(), now);
      },
      [](ApiCall& waiting, Redriven& redriven) {
        Json json = {{"redriven", redriven.count}, {"next", nullptr}};
        if (redriven.next != 0) json["next"] = redriven.next;
        waiting.reply(200, json);
      });
}

}  // namespace sojourn
