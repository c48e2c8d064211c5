#include "tests/simulation/simulation.h"

#include <algorithm>
#include <span>
#include <utility>

namespace sojourn::simulation {
namespace {

constexpr std::uint64_t kSettleStepsMax = 200'000;

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : random_(seed), world_(random_), promises_(world_), core_(std::make_unique<DispatchCore>()) {}

std::string Simulation::live(std::uint64_t steps) {
  while (figures_.steps < steps && promises_.broken().empty()) step();
  if (promises_.broken().empty()) live_in_peace();
  figures_.duplicates = promises_.duplicates();
  return promises_.broken();
}

void Simulation::step() {
  ++figures_.steps;
  const auto what = random_.between(0, 999);
  if (what < 250) return batch(SimJournal::Fault::kNone);
  if (what < 450) return turn();
  if (what < 700) return finish_one();
  if (what < 800) return accept();
  if (what < 944) return pass_time();
  if (what < 954) return cancel();
  if (what < 970) return treat_letter();
  if (what < 977) return deploy();
  if (what < 984) return batch(random_.one_in(2) ? SimJournal::Fault::kRefused : SimJournal::Fault::kRolledBack);
  if (what < 990) return journal_.set_full(random_.one_in(3));
  if (what < 995) return jump();
  if (what < 997) return drain();
  restart(what < 998 ? Promises::Loss::kProcess : Promises::Loss::kPower);
}

// --- the dispatcher's loop
// --------------------------------------------------------------------------------------------

void Simulation::batch(SimJournal::Fault fault) {
  if (!journal_.has_waiting()) return;
  const auto most = static_cast<std::size_t>(random_.between(1, 8));
  for (auto& answer : journal_.do_batch(most, fault)) answers_.push_back(std::move(answer));
  if (auto woken = journal_.engine().take_woken(); !woken.empty()) {
    answers_.push_back([this, woken = std::move(woken)] { core_->woken(woken); });
  }
}

void Simulation::turn() {
  for (auto answers = std::exchange(answers_, {}); !answers.empty(); answers.pop_front()) answers.front()();
  pump();
}

void Simulation::pump() {
  const EpochMs moment = now();
  auto next = core_->next_turn(moment);
  if (!next) return;
  auto turn = std::make_shared<Turn>(std::move(*next));
  auto result = std::make_shared<std::optional<Result<TurnResult>>>();
  journal_.submit(
      WorkKind::kNotes,
      [turn, result, moment](JournalEngine& engine) {
        result->emplace(do_turn(engine, *turn, moment));
        return (*result)->ok() ? Status() : Status((*result)->error());
      },
      [this, turn, result](const Status& status) {
        auto answer = status.ok() ? std::move(**result) : Result<TurnResult>(status.error());
        if (answer.ok()) {
          for (std::size_t i = 0; i < turn->ends.size(); ++i) {
            const auto job = deciding_.find(turn->ends[i].job);
            if (job == deciding_.end() || job->second.lease.token != turn->ends[i].token) continue;
            if (answer->ended[i] != 0) promises_.ended(job->second, turn->ends[i]);
            deciding_.erase(job);
          }
        }
        // The journal may do the piece again when the power is cut, so the turn stays as it is.
        for (LeasedWork& work : core_->turn_done(*turn, std::move(answer), now())) begin(std::move(work));
        adopt();
      });
}

Deciding Simulation::deciding() {
  triggers_ = world_.triggers();
  return {now(), random_.unit(), *triggers_};
}

void Simulation::begin(LeasedWork work) {
  const auto understood = understand(work.lease, world_);
  if (!understood) return promises_.breaks("a job is not understood: " + understood.error().text());
  const StepJob& job = *understood;
  core_->learn(job);
  if (job.act == JobAct::kAdopt) return items_.push_back(job);
  const Deciding moment = deciding();
  if (is_spent(job)) return end(job, decide_spent(job, moment), {});
  if (!job.acts()) return end(job, decide_inside(job, moment), {});
  if (job.act == JobAct::kCallback && !work.result) promises_.breaks("a callback has no result to tell");
  ++figures_.attempts;
  promises_.begins(job, under_way_, journal_.engine());
  under_way_.emplace(job.lease.job, job);
}

// The items that a turn has leased: for nobody, one by one, or in batches.
void Simulation::adopt() {
  const std::vector<StepJob> items = std::exchange(items_, {});
  const Deciding moment = deciding();
  for (std::size_t first = 0; first < items.size();) {
    const StepJob& item = items[first];
    const BoundTrigger* const consumer = moment.triggers.consumer(item.definition.name);
    if (consumer == nullptr) core_->park(item.lease.lane);
    const int most = consumer == nullptr ? 1 : consumer->as<QueueTrigger>().batch;
    const std::size_t size = std::min(items.size() - first, static_cast<std::size_t>(most));
    end(item, most == 1 ? decide_inside(item, moment) : decide_batch(std::span(&item, size), moment), {});
    first += size;
  }
}

void Simulation::finish_one() {
  if (under_way_.empty()) return;
  const auto at = std::next(under_way_.begin(), static_cast<std::ptrdiff_t>(random_.index(under_way_.size())));
  const StepJob job = std::move(at->second);
  under_way_.erase(at);
  Attempted attempted = world_.answer(job, now());
  const auto took = attempted.took;
  end(job, decide(job, std::move(attempted), deciding()), took);
}

void Simulation::end(const StepJob& job, JobEnd end, std::chrono::milliseconds took) {
  promises_.decided(job, end);
  if (core_->end(std::move(end), now(), took)) deciding_.insert_or_assign(job.lease.job, job);
}

// --- what comes from outside
// ------------------------------------------------------------------------------------------

void Simulation::accept() {
  auto acceptance = std::make_shared<Acceptance>(world_.arrival(now()));
  auto accepted = std::make_shared<Accepted>();
  const EpochMs moment = now();
  journal_.submit(
      WorkKind::kAccepts,
      [acceptance, accepted, moment](JournalEngine& engine) -> Status {
        auto done = engine.accept(*acceptance, moment);
        if (!done.ok()) return done.error();
        *accepted = *done;
        return {};
      },
      [this, acceptance, accepted](const Status& status) {
        if (status.ok()) promises_.accepted(*acceptance, *accepted, journal_.engine());
      });
}

void Simulation::cancel() {
  ListFilter some;
  some.state = RunState::kActive;
  some.most = 8;
  const auto runs = journal_.engine().runs(some).value().rows;
  if (runs.empty()) return;
  const std::string id = runs[random_.index(runs.size())].id;
  const EpochMs moment = now();
  journal_.submit(
      WorkKind::kEnds,
      [id, moment](JournalEngine& engine) -> Status {
        auto done = engine.cancel(id, moment);
        return done.ok() ? Status() : Status(done.error());
      },
      [this, id](const Status& status) {
        if (!status.ok()) return;
        for (const std::int64_t job : core_->cancelled(id)) under_way_.erase(job);
      });
}

void Simulation::treat_letter() {
  ListFilter some;
  some.most = 8;
  const auto letters = journal_.engine().letters(some).value().rows;
  if (letters.empty()) return;
  treat(letters[random_.index(letters.size())], random_.one_in(2) ? Treatment::kRedrive : Treatment::kDrop);
}

void Simulation::treat(const DeadLetter& letter, Treatment treatment) {
  const bool redrive = treatment == Treatment::kRedrive;
  auto changed = std::make_shared<bool>(false);
  const EpochMs moment = now();
  // From here on it may have happened, whether somebody hears of it or not.
  redrive ? promises_.redriven(letter) : promises_.dropped(letter);
  if (redrive) ++figures_.letters;
  journal_.submit(
      WorkKind::kEnds,
      [number = letter.number, redrive, moment, changed](JournalEngine& engine) -> Status {
        auto done = redrive ? engine.redrive(number, moment) : engine.drop_letter(number, moment);
        if (!done.ok()) return done.error();
        *changed = *done;
        return {};
      },
      [this, changed, must = in_peace_](const Status& status) {
        if (must && status.ok() && !*changed) promises_.breaks("a letter could not be redriven or dropped");
      });
}

void Simulation::deploy() {
  if (random_.one_in(3)) {
    world_.set_consumer(random_.one_in(2) ? SimWorld::Consumer::kThere : SimWorld::Consumer::kGone);
  } else {
    world_.deploy();
  }
  core_->deployed();
}

// --- time, and disasters
// ----------------------------------------------------------------------------------------------

void Simulation::pass_time() {
  const std::int64_t passed = random_.one_in(10) ? random_.between(1, 60'000) : random_.between(1, 500);
  monotonic_ += passed;
  wall_ += passed;
}

void Simulation::jump() {
  wall_ += random_.between(-3'600'000, 3'600'000);
}

void Simulation::restart(Promises::Loss loss) {
  const bool is_cut = loss == Promises::Loss::kPower;
  ++(is_cut ? figures_.cuts : figures_.kills);
  answers_.clear();
  under_way_.clear();
  deciding_.clear();
  is_cut ? journal_.cut_power(random_) : journal_.kill();
  promises_.lost(loss);
  core_ = std::make_unique<DispatchCore>();
  time_ = DispatchClock();
}

// A server that stops in an orderly way: what runs ends, nothing begins, and the journal knows it all.
void Simulation::drain() {
  journal_.set_full(false);
  core_->drain();
  for (int round = 0; round < 1000 && !core_->idle(); ++round) {
    while (!under_way_.empty()) finish_one();
    while (journal_.has_waiting()) batch(SimJournal::Fault::kNone);
    turn();
    monotonic_ += DispatchCore::kTurnPause;
    wall_ += DispatchCore::kTurnPause;
  }
  if (!core_->idle()) promises_.breaks("a dispatcher that drains does not come to an end");
  const auto lanes = journal_.engine().lanes().value();
  for (const LaneView& lane : lanes) {
    if (lane.leased > 0) promises_.breaks("a job of " + lane.lane + " is still leased after a drain");
  }
  restart(Promises::Loss::kProcess);
}

// --- peace
// ------------------------------------------------------------------------------------------------------------

// False: nothing happens any more by itself.
bool Simulation::settle_step() {
  ++figures_.steps;
  if (!under_way_.empty()) return finish_one(), true;
  if (journal_.has_waiting()) return batch(SimJournal::Fault::kNone), true;
  if (!answers_.empty()) return turn(), true;
  pump();
  if (journal_.has_waiting()) return true;
  const auto wake = core_->wake_at();
  if (!wake) return false;
  const std::int64_t wait = std::max<std::int64_t>(*wake - now(), 1);
  monotonic_ += wait;
  wall_ += wait;
  return true;
}

// Nothing goes wrong any more but attempts.
void Simulation::settle() {
  for (std::uint64_t steps = 0; settle_step(); ++steps) {
    if (!promises_.broken().empty()) return;
    if (steps > kSettleStepsMax) return promises_.breaks("it does not come to rest");
  }
}

// Each letter is sent again twice and then dropped, with what it kept waiting.
void Simulation::answer_letters() {
  ListFilter all;
  all.most = kListMax;
  for (int round = 0; promises_.broken().empty(); ++round) {
    const auto letters = journal_.engine().letters(all).value().rows;
    if (letters.empty()) return;
    for (const DeadLetter& letter : letters) treat(letter, round < 2 ? Treatment::kRedrive : Treatment::kDrop);
    settle();
  }
}

void Simulation::live_in_peace() {
  in_peace_ = true;
  journal_.set_full(false);
  world_.set_consumer(SimWorld::Consumer::kThere);
  core_->deployed();
  settle();
  answer_letters();
  if (!promises_.broken().empty()) return;
  const auto lanes = journal_.engine().lanes().value();
  for (const LaneView& lane : lanes) {
    promises_.breaks("nobody comes for " + std::to_string(lane.ready) + " ready and " + std::to_string(lane.leased) +
                     " leased jobs of " + lane.lane);
  }
  if (core_->roster().under_way() > 0) promises_.breaks("the roster counts jobs that nobody has");
  promises_.at_rest(journal_.engine());
}

}  // namespace sojourn::simulation
