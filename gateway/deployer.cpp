#include "gateway/deployer.h"

#include <chrono>
#include <optional>
#include <utility>

#include "gateway/worker.h"

namespace sojourn {

struct Deployer::Run {
  Publication publication;
  Change change;
  ResolvedChange resolved;
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

RouteTablePtr table_of(const Deployments& deployments, std::size_t loops) {
  std::vector<std::shared_ptr<const Function>> functions;
  functions.reserve(deployments.functions.size());
  for (const auto& [name, function] : deployments.functions) functions.push_back(function);
  return RouteTable(loops).with(functions, {}, deployments.head);
}

std::string label(const Version& version) {
  return version.function + "@" + std::to_string(version.number);
}

// What the broker would refuse at each connection is refused before anything is changed.
Status check_permitted(const ResolvedChange& change, const GatewayOptions& options) {
  if (options.allow_private) return {};
  for (const auto& version : change.made) {
    for (const auto& [name, target] : version->config.connect) {
      if (!target.is_private) continue;
      return Error(ErrorCode::kRefused, "functions." + version->function + ".connect." + name +
                                            ": is private, and this server permits that only when it is started with "
                                            "--dev --allow-private");
    }
  }
  return {};
}

}  // namespace

Deployer::Deployer(Site& site, Loop& home, Repository& repository, SerialThread& store)
    : site_(site),
      home_(home),
      repository_(repository),
      store_(store),
      routes_(table_of(*repository.deployments(), site.options.listening.size())),
      deployments_(repository.deployments()) {}

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
  auto resolved = resolve(*deployments_, run->change, seconds_now());
  if (!resolved.ok()) return finish(run, resolved.error());
  run->resolved = std::move(*resolved);
  if (Status permitted = check_permitted(run->resolved, site_.options); !permitted.ok()) {
    return finish(run, permitted.error());
  }
  run->outcome.unchanged = run->resolved.unchanged;
  run->outcome.removed = run->resolved.removals;
  run->outcome.after = deployments_;
  for (const auto& version : run->resolved.made) run->outcome.made.push_back(version);
  if (run->resolved.empty() || run->publication.trial == Trial::kDryRun) return finish(run, run->outcome);
  prepare(run);
}

void Deployer::prepare(const RunPtr& run) {
  run->unprepared = run->resolved.made.size();
  if (run->unprepared == 0) return store(run);
  const auto versions = run->outcome.made;  // the last answer may come from inside prepare
  for (const VersionPtr& version : versions) {
    site_.runtime.prepare(version, [this, run, version](const Status& ready) { on_prepared(run, version, ready); });
  }
}

void Deployer::on_prepared(const RunPtr& run, const VersionPtr& version, const Status& status) {
  if (!status.ok() && !run->refused) {
    run->refused = run->outcome.made.size() == 1 ? status.error() : status.error().at(version->function);
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
  routes_ = routes_->with(changed, run->resolved.removals, deployments_->head);
  switch_over(run);
}

void Deployer::switch_over(const RunPtr& run) {
  run->loops_to_switch = site_.workers.size();
  for (Worker* worker : site_.workers) {
    worker->loop().post([this, run, worker, routes = routes_] {
      worker->set_routes(routes);
      home_.post([this, run] {
        if (--run->loops_to_switch > 0) return;
        for (const VersionPtr& version : run->retired) site_.runtime.retire(version);
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
