#include "gateway/deployer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "gateway/change_checks.h"
#include "gateway/worker.h"

namespace sojourn {

struct Deployer::Run {
  Publication publication;
  Change change;
  ResolvedChange resolved;
  DeploymentsPtr next;            // what is deployed when the change is made; null: it touches no chain and no event
  TriggerTablePtr triggers;       // of `next`; null: events begin what they begin now
  std::vector<VersionPtr> tried;  // new versions, and the links of their chains
  std::size_t unprepared = 0;
  std::optional<Error> refused;     // the first version that was not fit
  std::vector<VersionPtr> retired;  // live until the switch
  Published outcome;
  std::size_t loops_to_switch = 0;
};

namespace {

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(Clock::system().wall().time_since_epoch()).count();
}

// What was accepted once may no longer go together, after an update of the host's time zones for one: the rest is
// served.
RouteTablePtr table_of(const Deployments& deployments, std::size_t loops, const Log& log,
                       const RouteTable::ChainsOf& chains_of) {
  std::vector<std::shared_ptr<const Function>> functions;
  functions.reserve(deployments.functions.size());
  for (const auto& [name, function] : deployments.functions) functions.push_back(function);
  const auto refused = [&](const TriggerSource& source, const Error& why) {
    log.error("the triggers of a pipeline are left out", {{"pipeline", source.pipeline->name}, {"reason", why.text()}});
  };
  TriggerTablePtr triggers = salvage_triggers(trigger_sources(deployments), refused);
  return RouteTable(loops)
      .with(functions, {}, deployments.head, chains_of)
      ->with_events(deployments.pipelines, std::move(triggers));
}

bool fuses(const FunctionChange& function) {
  const auto& uses = function.config.decorators;
  return std::any_of(uses.begin(), uses.end(), [](const DecoratorUse& use) { return use.fuse; });
}

// The separate links of an entry's chains.
template <class Visit>
void for_each_link(const RouteEntry& entry, Visit visit) {
  for (const auto& [number, chain] : entry.chains.made) {
    for (const ChainLink& link : chain->links) {
      if (link.version && link.version != chain->function().version) visit(link.version);
    }
  }
}

std::string label(const Version& version) {
  return version.function + "@" + std::to_string(version.number);
}

}  // namespace

Deployer::Deployer(Site& site, Loop& home, Repository& repository, SerialThread& store, ChainMaker& chains)
    : site_(site),
      home_(home),
      repository_(repository),
      store_(store),
      chains_(chains),
      watch_roots_(site.options.files),
      deployments_(repository.deployments()),
      event_names_(event_names(*deployments_)),
      routes_(table_of(*deployments_, site.options.listening.size(), site.log, chains_in(deployments_))) {}

Deployer::~Deployer() = default;

Status Deployer::submit(Publication publication) {
  if (accepted_.fetch_add(1) >= kPublicationsMax) {
    accepted_.fetch_sub(1);
    return Error(ErrorCode::kNoCapacity, std::to_string(kPublicationsMax) +
                                             " changes are waiting to be deployed, the most there may be; try again");
  }
  auto shared = std::make_shared<Publication>(std::move(publication));
  home_.post([this, shared] {
    waiting_.push_back(std::move(*shared));
    start_next();
  });
  return {};
}

Status Deployer::read_history(std::string function, std::size_t limit,
                              std::function<void(Result<std::vector<HistoryEntry>>)> done) {
  return store_.run([this, function = std::move(function), limit, done = std::move(done)] {
    done(repository_.history(function, limit));
  });
}

void Deployer::warm() {
  routes_->for_each([this](const std::string&, const RouteEntry& entry) {
    if (!entry.live || entry.live->config.instances.min == 0) return;
    site_.runtime.prepare(entry.live, [this, version = entry.live](const Status& ready) {
      if (!ready.ok())
        site_.log.error("a deployed function does not start",
                        {{"function", label(*version)}, {"reason", ready.error().text()}});
    });
  });
}

void Deployer::start_next() {
  if (running_ || waiting_.empty()) return;
  running_ = std::make_shared<Run>();
  running_->publication = std::move(waiting_.front());
  waiting_.pop_front();
  plan(running_);
}

void Deployer::plan(const RunPtr& run) {
  auto change = run->publication.plan(*deployments_);
  if (!change.ok()) return finish(run, change.error());
  run->change = std::move(*change);
  run->change.expected_head = deployments_->head;
  if (Status linked = link(run->change); !linked.ok()) return finish(run, linked.error());
  auto resolved = resolve(*deployments_, run->change, seconds_now());
  if (!resolved.ok()) return finish(run, resolved.error());
  run->resolved = std::move(*resolved);
  const AskedChange asked{run->change, run->publication.place_of};
  if (Status permitted = check_permitted(run->resolved, site_.options, asked); !permitted.ok()) {
    return finish(run, permitted.error());
  }
  if (Status fits = check_whole(*run); !fits.ok()) return finish(run, fits.error());
  run->outcome.unchanged = run->resolved.unchanged;
  run->outcome.removed = run->resolved.removals;
  run->outcome.after = deployments_;
  for (const auto& version : run->resolved.made) run->outcome.made.push_back(version);
  if (run->resolved.empty() || run->publication.trial == Trial::kDryRun) return finish(run, run->outcome);
  add_links(*run);
  prepare(run);
}

// What fused decorators mean is known when the decorators of the same change are: so they are resolved first.
Status Deployer::link(Change& change) const {
  if (std::none_of(change.functions.begin(), change.functions.end(), fuses)) return {};
  Change decorators;
  for (const FunctionChange& function : change.functions) {
    if (is_link(function)) decorators.functions.push_back(function);
  }
  auto known = resolve(*deployments_, decorators, seconds_now());
  if (!known.ok()) return known.error();
  const DeploymentsPtr with_them = after(*deployments_, *known, deployments_->head);
  for (FunctionChange& function : change.functions) function.fused = chains_.fused(*with_them, function.config);
  return {};
}

// Whether all that is deployed still goes together when the change is made.
Status Deployer::check_whole(Run& run) const {
  const bool chains = touches_chains(*deployments_, run.change);
  const bool events = touches_events(*deployments_, event_names_, run.change);
  if (!chains && !events) return {};
  run.next = after(*deployments_, run.resolved, deployments_->head);
  const AskedChange asked{run.change, run.publication.place_of};
  if (chains) {
    if (Status chained = check_chains(chains_.check(*run.next), asked); !chained.ok()) return chained;
  }
  if (!events) return {};
  const auto before = check_pipelines(*deployments_, watch_roots_);
  if (Status fits = check_events(before, check_pipelines(*run.next, watch_roots_), asked); !fits.ok()) return fits;
  auto triggers = TriggerTable::make(trigger_sources(*run.next));
  if (!triggers.ok()) return triggers.error();
  run.triggers = std::move(*triggers);
  return {};
}

// A version is as fit as its links: they are tried with it, in the configuration that they have there.
void Deployer::add_links(Run& run) {
  run.tried = run.outcome.made;
  if (!run.next) return;
  for (const VersionPtr& version : run.outcome.made) {
    const FunctionChains chains = chains_.chains_of(*run.next, *run.next->functions.at(version->function));
    const auto chain = chains.made.find(version->number);
    if (chain == chains.made.end()) continue;
    for (const ChainLink& link : chain->second->links) {
      const bool known = std::find(run.tried.begin(), run.tried.end(), link.version) != run.tried.end();
      const bool is_itself = &link == &chain->second->function();
      if (link.version && !known && !is_itself) run.tried.push_back(link.version);
    }
  }
}

RouteTable::ChainsOf Deployer::chains_in(DeploymentsPtr deployments) {
  return [this, deployments = std::move(deployments)](const Function& function) {
    return chains_.chains_of(*deployments, function);
  };
}

void Deployer::prepare(const RunPtr& run) {
  run->unprepared = run->tried.size();
  if (run->unprepared == 0) return store(run);
  const auto versions = run->tried;  // the last answer may come from inside prepare
  for (const VersionPtr& version : versions) {
    site_.runtime.prepare(version, [this, run, version](const Status& ready) { on_prepared(run, version, ready); });
  }
}

void Deployer::on_prepared(const RunPtr& run, const VersionPtr& version, const Status& status) {
  if (!status.ok() && !run->refused) {
    run->refused = run->tried.size() == 1 ? status.error() : status.error().at(version->function);
  }
  if (--run->unprepared > 0) return;
  if (!run->refused) return store(run);
  give_up_versions(*run);
  finish(run, *run->refused);
}

void Deployer::give_up_versions(const Run& run) {
  for (const VersionPtr& version : run.outcome.made) site_.runtime.retire(version);
}

void Deployer::store(const RunPtr& run) {
  const Status accepted = store_.run([this, run] {
    auto committed = std::make_shared<Result<Committed>>(repository_.commit(run->change));
    home_.post([this, run, committed] { on_stored(run, std::move(*committed)); });
    const Status tidied = repository_.tidy();
    if (!tidied.ok()) site_.log.warn("the deployment repository was not tidied", {{"reason", tidied.error().text()}});
  });
  if (accepted.ok()) return;
  give_up_versions(*run);
  finish(run, accepted.error());
}

void Deployer::on_stored(const RunPtr& run, Result<Committed> committed) {
  if (!committed.ok()) {
    give_up_versions(*run);
    return finish(run, committed.error());
  }
  deployments_ = committed->deployments;
  run->outcome.after = deployments_;
  run->outcome.commit = deployments_->head;
  run->outcome.made = committed->made;
  std::vector<std::shared_ptr<const Function>> changed;
  for (const auto& resolved : run->resolved.functions) {
    const auto found = deployments_->functions.find(resolved->name);
    if (found == deployments_->functions.end()) continue;
    changed.push_back(found->second);
    const RouteEntryPtr* before = routes_->find(resolved->name);
    const bool moved = before && (*before)->live && (*before)->live->number != found->second->live;
    if (moved) run->retired.push_back((*before)->live);
  }
  for (const std::string& name : run->resolved.removals) {
    const RouteEntryPtr* before = routes_->find(name);
    if (before == nullptr) continue;
    for (const auto& [number, version] : (*before)->function->versions) run->retired.push_back(version);
  }
  const std::vector<RouteEntryPtr> before = add_wrapped(*run, changed);
  routes_ = routes_->with(changed, run->resolved.removals, deployments_->head, chains_in(deployments_));
  if (run->triggers) {
    routes_ = routes_->with_events(deployments_->pipelines, run->triggers);
    event_names_ = event_names(*deployments_);
  }
  retire_links(*run, before);
  switch_over(run);
}

// Whoever is wrapped in what changed gets a new chain too. Gives the entries that are replaced.
std::vector<RouteEntryPtr> Deployer::add_wrapped(const Run& run,
                                                 std::vector<std::shared_ptr<const Function>>& changed) const {
  std::vector<std::string> names = run.resolved.removals;
  for (const auto& function : changed) names.push_back(function->name);
  std::vector<RouteEntryPtr> before;
  std::vector<std::string> decorators;
  for (const std::string& name : names) {
    const RouteEntryPtr* const entry = routes_->find(name);
    if (entry != nullptr) before.push_back(*entry);
    if ((entry != nullptr && is_decorator(*(*entry)->function)) || is_decorator_in(*deployments_, name)) {
      decorators.push_back(name);
    }
  }
  if (decorators.empty()) return before;
  routes_->for_each([&](const std::string& name, const RouteEntry& entry) {
    const bool is_wrapped = std::any_of(decorators.begin(), decorators.end(), [&](const std::string& decorator) {
      return uses_decorator(*entry.function, decorator);
    });
    if (!is_wrapped || std::find(names.begin(), names.end(), name) != names.end()) return;
    before.push_back(*routes_->find(name));
    changed.push_back(deployments_->functions.at(name));
  });
  return before;
}

// Links that no chain has any more.
void Deployer::retire_links(Run& run, const std::vector<RouteEntryPtr>& before) const {
  std::set<VersionPtr> gone;
  for (const RouteEntryPtr& entry : before) {
    for_each_link(*entry, [&](const VersionPtr& version) { gone.insert(version); });
  }
  if (gone.empty()) return;
  routes_->for_each([&](const std::string&, const RouteEntry& entry) {
    for_each_link(entry, [&](const VersionPtr& version) { gone.erase(version); });
  });
  run.retired.insert(run.retired.end(), gone.begin(), gone.end());
}

void Deployer::switch_over(const RunPtr& run) {
  run->loops_to_switch = site_.workers.size();
  for (Worker* worker : site_.workers) {
    worker->loop().post([this, run, worker, routes = routes_] {
      worker->set_routes(routes);
      home_.post([this, run] {
        if (--run->loops_to_switch > 0) return;
        for (const VersionPtr& version : run->retired) site_.runtime.retire(version);
        for (const std::string& name : run->resolved.removals) {
          if (on_removed) on_removed(name);
        }
        if (on_deployed) on_deployed();
        finish(run, run->outcome);
      });
    });
  }
}

void Deployer::finish(const RunPtr& run, Result<Published> outcome) {
  if (outcome.ok() && !outcome->commit.empty()) {
    site_.log.info("deployed", {{"commit", outcome->commit}, {"by", run->change.author}});
  }
  run->publication.done(std::move(outcome));
  accepted_.fetch_sub(1);
  running_.reset();
  home_.post([this] { start_next(); });
}

}  // namespace sojourn
