#include "runtime/event/sources/cron_keeper.h"

#include <algorithm>

#include "runtime/event/sources/trigger_place.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

EpochMs to_ms(UtcSeconds time) {
  return std::chrono::milliseconds(time.time_since_epoch()).count();
}

// A trigger goes on where it was as long as it says the same at the same place.
std::string mark_of(const BoundTrigger& trigger) {
  const auto& cron = trigger.as<CronTrigger>();
  std::string mark = "cron";
  for (const std::string& part :
       {pipeline_of(trigger), std::to_string(index_of(trigger)), cron.schedule, cron.timezone}) {
    mark += '\0';
    mark += part;
  }
  return mark;
}

CloudEvent event_of(const BoundTrigger& trigger, UtcSeconds time) {
  CloudEvent event;
  event.id = timestamp(time);
  event.source = source_of(trigger);
  event.type = kCronType;
  event.attributes["time"] = event.id;
  event.attributes["datacontenttype"] = "application/json";
  event.data = R"({"schedule":")";
  append_json_escaped(event.data, trigger.as<CronTrigger>().schedule);
  event.data += R"(","time":")" + event.id + R"("})";
  return event;
}

}  // namespace

CronKeeper::CronKeeper(Loop& loop, Journal& journal, Triggers triggers, const Clock& clock, const Log& log)
    : loop_(loop),
      journal_(journal),
      triggers_(std::move(triggers)),
      clock_(clock),
      log_(log),
      looked_(now()),
      timer_(loop),
      retry_(loop) {}

CronKeeper::~CronKeeper() = default;

UtcSeconds CronKeeper::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.wall());
}

CronKeeper::Stats CronKeeper::stats() const {
  Stats stats = stats_;
  stats.schedules = entries_.size();
  return stats;
}

void CronKeeper::started() {
  take_table(Beginning::kAtMark);
}

void CronKeeper::deployed() {
  take_table(Beginning::kNow);
}

void CronKeeper::take_table(Beginning beginning) {
  TriggerTablePtr table = triggers_();
  if (table == table_) return;
  std::map<std::string, Entry> entries;
  for (const BoundTrigger& trigger : table->schedules()) {
    const std::string mark = mark_of(trigger);
    if (const auto known = entries_.find(mark); known != entries_.end()) {
      known->second.trigger = trigger;
      entries.insert(entries_.extract(known));
      continue;
    }
    const auto& cron = trigger.as<CronTrigger>();
    auto schedule = CronSchedule::parse(cron.schedule, cron.timezone);
    if (!schedule.ok()) {
      log_.error("a cron trigger does not fire",
                 {{"pipeline", pipeline_of(trigger)}, {"reason", schedule.error().text()}});
      continue;
    }
    entries.emplace(mark, Entry{++last_number_, trigger, *schedule, beginning, {}, {}, {}});
    unmarked_.insert(mark);
  }
  entries_.swap(entries);
  for (const auto& [mark, entry] : entries) waiting_.erase({entry.due, mark});  // those that are gone
  table_ = std::move(table);
  ask_marks();
  arm();
}

CronKeeper::Entry* CronKeeper::find(const std::string& mark, std::uint64_t number) {
  const auto found = entries_.find(mark);
  return found != entries_.end() && found->second.number == number ? &found->second : nullptr;
}

void CronKeeper::ask_marks() {
  if (is_asking_ || unmarked_.empty()) return;
  std::vector<Question> asked;
  for (const std::string& mark : unmarked_) {
    const auto found = entries_.find(mark);
    if (found != entries_.end()) asked.push_back({mark, found->second.number, found->second.beginning});
  }
  unmarked_.clear();
  is_asking_ = true;
  const auto answer = [asked, at = to_ms(now())](JournalEngine& engine) -> Result<std::vector<EpochMs>> {
    std::vector<EpochMs> marks;
    for (const Question& one : asked) {
      const auto kept = engine.mark(one.mark);
      if (!kept.ok()) return kept.error();
      const bool goes_on = kept->has_value() && one.beginning == Beginning::kAtMark;
      marks.push_back(goes_on ? **kept : at);
      if (goes_on) continue;
      if (Status set = engine.set_mark(one.mark, at); !set.ok()) return set.error();
    }
    return marks;
  };
  const std::weak_ptr<int> alive = alive_;
  journal_.ask<std::vector<EpochMs>>(WorkKind::kEnds, loop_, answer,
                                     [this, alive, asked](Result<std::vector<EpochMs>> marks) {
                                       if (!alive.expired()) take_marks(asked, marks);
                                     });
}

void CronKeeper::take_marks(const std::vector<Question>& asked, const Result<std::vector<EpochMs>>& marks) {
  is_asking_ = false;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Entry* const entry = find(asked[i].mark, asked[i].number);
    if (entry == nullptr) continue;
    if (!marks.ok()) {
      unmarked_.insert(asked[i].mark);
      continue;
    }
    entry->seen = UtcSeconds(std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds((*marks)[i])));
    if (entry->seen > now() + kBackMax) entry->seen = now();
    wait_for_next(asked[i].mark, *entry);
  }
  if (!marks.ok()) return retry_soon();
  ask_marks();
  arm();
}

void CronKeeper::wait_for_next(const std::string& mark, Entry& entry) {
  const auto next = entry.schedule.next(entry.seen);
  if (!next) return;
  entry.due = *next;
  waiting_.emplace(entry.due, mark);
}

void CronKeeper::arm() {
  if (waiting_.empty()) return timer_.stop();
  const auto until = waiting_.begin()->first - std::chrono::floor<std::chrono::milliseconds>(clock_.wall());
  const auto delay = std::clamp<std::chrono::milliseconds>(until, 0ms, kLookEvery);
  timer_.start(delay, [this] { look(); });
}

void CronKeeper::look() {
  ++stats_.looks;
  const UtcSeconds at = now();
  if (at < looked_ - kBackMax) begin_anew(at);
  looked_ = at;
  for (std::size_t i = 0; i < kTurnMax && !waiting_.empty() && waiting_.begin()->first <= at; ++i) {
    const std::string mark = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    make_due(mark, entries_.at(mark), at);
  }
  fire_ready();
  arm();
}

void CronKeeper::begin_anew(UtcSeconds at) {
  log_.warn("the clock went back; schedules begin anew", {{"from", timestamp(looked_)}, {"to", timestamp(at)}});
  const auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const auto& [due, mark] : waiting) {
    Entry& entry = entries_.at(mark);
    entry.seen = std::min(entry.seen, at);
    wait_for_next(mark, entry);
  }
}

void CronKeeper::make_due(const std::string& mark, Entry& entry, UtcSeconds at) {
  const CatchUp catch_up = entry.trigger.as<CronTrigger>().catch_up;
  const UtcSeconds from = catch_up == CatchUp::kNone ? std::max(entry.seen, at - kDelayMax) : entry.seen;
  auto missed = entry.schedule.missed(from, at, catch_up == CatchUp::kAll ? kMadeUpMax : 1);
  if (missed.had_more || missed.times.empty()) note_left_out(entry, missed.had_more);
  if (missed.times.empty()) {
    entry.seen = at;
    return wait_for_next(mark, entry);
  }
  entry.times.assign(missed.times.begin(), missed.times.end());
  ready_.push_back(mark);
}

void CronKeeper::note_left_out(const Entry& entry, bool had_more) {
  ++stats_.left_out;
  const auto& cron = entry.trigger.as<CronTrigger>();
  const std::string most = std::to_string(kMadeUpMax);
  const std::string words =
      !had_more ? "times of a schedule passed unfired; none is made up (catchup: none)"
      : cron.catch_up == CatchUp::kAll
          ? "more times of a schedule passed unfired than are made up: the latest " + most + " fire"
          : "times of a schedule passed unfired; the latest one fires";
  log_.warn(words,
            {{"pipeline", pipeline_of(entry.trigger)}, {"schedule", cron.schedule}, {"since", timestamp(entry.seen)}});
}

void CronKeeper::fire_ready() {
  while (under_way_ < kUnderWayMax && !ready_.empty() && !retry_.active()) {
    const std::string mark = std::move(ready_.front());
    ready_.pop_front();
    const auto found = entries_.find(mark);
    if (found != entries_.end() && !found->second.times.empty()) fire(mark, found->second);
  }
}

void CronKeeper::fire(const std::string& mark, const Entry& entry) {
  const UtcSeconds time = entry.times.front();
  const EpochMs at = wall_ms(clock_);
  const DedupeKey name{cron_name(pipeline_of(entry.trigger), index_of(entry.trigger), to_ms(time)),
                       std::max(to_ms(time), at) + std::chrono::milliseconds(kNameKept).count()};
  // The trigger's match may not want it; then only the mark goes on.
  const auto acceptance = accept_for(*table_, entry.trigger, event_of(entry.trigger, time), {name}, at);
  const auto work = [acceptance, mark, time, at](JournalEngine& engine) -> Result<Accepted> {
    if (Status set = engine.set_mark(mark, to_ms(time)); !set.ok()) return set.error();
    return acceptance ? engine.accept(*acceptance, at) : Result<Accepted>(Accepted{});
  };
  ++under_way_;
  const std::weak_ptr<int> alive = alive_;
  journal_.ask<Accepted>(acceptance ? WorkKind::kAccepts : WorkKind::kEnds, loop_, work,
                         [this, alive, mark, time, number = entry.number](Result<Accepted> accepted) {
                           if (!alive.expired()) on_fired(mark, number, time, accepted);
                         });
}

void CronKeeper::on_fired(const std::string& mark, std::uint64_t number, UtcSeconds time,
                          const Result<Accepted>& accepted) {
  --under_way_;
  if (accepted.ok()) {
    if (accepted->event != 0) ++(accepted->is_duplicate ? stats_.known : stats_.fired);
    is_refused_ = false;
  }
  if (Entry* const entry = find(mark, number); entry != nullptr) {
    if (accepted.ok()) {
      entry->times.pop_front();
      entry->seen = time;
    }
    if (entry->times.empty()) {
      wait_for_next(mark, *entry);
    } else {
      ready_.push_back(mark);
    }
  }
  if (!accepted.ok()) {
    if (!is_refused_) log_.warn("schedules cannot fire now", {{"reason", accepted.error().text()}});
    is_refused_ = true;
    return retry_soon();
  }
  fire_ready();
  arm();
}

void CronKeeper::retry_soon() {
  if (retry_.active()) return;
  retry_.start(kRetryEvery, [this] {
    ask_marks();
    fire_ready();
    arm();
  });
}

}  // namespace sojourn
