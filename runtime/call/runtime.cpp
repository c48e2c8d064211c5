#include "runtime/call/runtime.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>
#include <optional>

#include "runtime/call/call.h"
#include "runtime/call/call_side.h"
#include "runtime/call/collected_call.h"
#include "runtime/call/probe.h"
#include "runtime/call/version_table.h"
#include "runtime/egress/broker_link.h"
#include "runtime/pool/version_pool.h"
#include "runtime/sandbox/host/warden_link.h"

namespace sojourn {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHousekeeping{50};
constexpr milliseconds kDrainLook{5};
constexpr std::chrono::seconds kStreamsMax{30};  // what a retired version's streams may still take

}  // namespace

class Runtime::Impl final : public CallHost {
 public:
  Impl(Runtime& runtime, std::vector<Loop*> loops, const Log& log, RuntimeOptions options);
  ~Impl();

  void attach_warden(UniqueFd link);
  void attach_broker(UniqueFd link) { broker_.attach(std::move(link)); }
  void prepare(VersionPtr version, std::function<void(Status)> ready);
  CallHandle call(const VersionPtr& version, const RequestView& request, std::chrono::nanoseconds timeout,
                  Caller& caller);
  CallHandle call(const ChainPtr& chain, const RequestView& request, std::chrono::nanoseconds timeout, Caller& caller);
  CallHandle run_link(CallSide& side, LinkPlace place, const RequestView& request, Caller& caller) override;
  Result<ChainPtr> resolve(std::string_view reference) override;
  StateKeeper* keeper() override { return options_.state; }
  EventKeeper* events() override { return options_.events; }
  void retire(const VersionPtr& version);
  void renew(const std::string& secret, const std::function<void()>& done);
  void drain(milliseconds patience, std::function<void()> done);
  VersionStats stats(const VersionPtr& version) const;
  std::uint64_t walls() const { return walls_.load(std::memory_order_relaxed); }

 private:
  struct Retiring {
    std::shared_ptr<VersionPool> pool;
    MonotonicTime until;  // then the template goes, whatever still runs
  };
  struct Watched {  // a version whose instances are probed
    VersionPtr version;
    std::unique_ptr<HealthProbe> probe;
    MonotonicTime next;
    int failures = 0;
  };

  CallSide& side();
  VersionPool& pool_of(CallSide& side, const VersionPtr& version);
  VersionPool& called_pool(CallSide& side, const VersionPtr& version);
  void on_prepared(const VersionPtr& version, Status status, std::function<void(Status)> ready);
  void watch(const VersionPtr& version);
  void unwatch(const VersionPool& pool);
  void keep_house();
  void look_at_retiring(MonotonicTime now);
  void look_at_watched(MonotonicTime now);
  void on_probed(const VersionPtr& version, const Status& status);
  void look_at_drain();
  int running() const;

  Runtime& runtime_;
  RuntimeOptions options_;
  PoolWorld world_;
  WardenLink warden_;
  BrokerLink broker_;
  VersionTable table_;
  std::vector<std::unique_ptr<CallSide>> sides_;
  std::atomic<std::uint64_t> walls_{0};
  std::atomic<bool> draining_{false};
  Timer housekeeping_;
  std::vector<Retiring> retiring_;
  std::vector<Watched> watched_;
  std::vector<std::unique_ptr<HealthProbe>> probes_;  // of versions being prepared
  std::optional<Timer> drain_;
  MonotonicTime drain_until_{};
  std::function<void()> drained_;
};

Runtime::Impl::Impl(Runtime& runtime, std::vector<Loop*> loops, const Log& log, RuntimeOptions options)
    : runtime_(runtime),
      options_(std::move(options)),
      warden_(*loops.front()),
      broker_(*loops.front()),
      table_(world_),
      housekeeping_(*loops.front()) {
  for (Loop* const loop : loops) {
    auto side = std::make_unique<LoopSide>();
    side->loop = loop;
    side->index = world_.sides.size();
    sides_.push_back(std::make_unique<CallSide>(*this, *loop, side->index));
    world_.sides.push_back(std::move(side));
  }
  world_.warden = &warden_;
  world_.broker = &broker_;
  world_.artifact = options_.artifact;
  world_.secrets = options_.secrets;
  world_.artifact_copy = options_.artifact_copy;
  world_.log = &log;
  world_.templates_max = static_cast<std::size_t>(std::max(options_.templates_max, 1));
  world_.on_line = [this](const PoolLine& line) {
    if (!options_.on_log) return;
    options_.on_log(
        {line.version, line.call_id, static_cast<LogLevel>(line.level), line.stream, line.text, line.fields});
  };
  warden_.on_hello = [this, &log](const WardenHello& hello) {
    walls_.store(hello.walls, std::memory_order_relaxed);
    if (hello.walls != 0) return;
    const std::string_view step(hello.step.data(), ::strnlen(hello.step.data(), hello.step.size()));
    log.error("no sandbox can be made on this host", {{"reason", system_error(step, hello.error).text()}});
  };
  warden_.on_died = [this](const DiedReport& report) {
    for (TemplateHome* const home : std::vector(world_.homes)) {
      if (home->on_died(report)) return;
    }
  };
  warden_.on_end = [this] {
    for (const auto& pool : table_.all()) pool->home().on_warden_gone();
  };
}

Runtime::Impl::~Impl() {
  probes_.clear();
  watched_.clear();
  for (const auto& pool : table_.all()) pool->close();
}

void Runtime::Impl::attach_warden(UniqueFd link) {
  warden_.attach(std::move(link));
  for (const auto& pool : table_.all()) pool->home().on_warden_attached();
}

CallSide& Runtime::Impl::side() {
  for (const auto& side : sides_) {
    if (world_.sides[side->index()]->loop->on_loop_thread()) return *side;
  }
  assert(false && "a call from a thread that is no loop's");
  return *sides_.front();
}

VersionPool& Runtime::Impl::pool_of(CallSide& side, const VersionPtr& version) {
  if (VersionPool* const known = side.known(version.get())) return *known;
  std::shared_ptr<VersionPool> pool = table_.find_or_make(version);
  VersionPool& found = *pool;
  side.remember(version, std::move(pool));
  return found;
}

// For a new call, which brings a retired version back.
VersionPool& Runtime::Impl::called_pool(CallSide& side, const VersionPtr& version) {
  VersionPool& pool = pool_of(side, version);
  if (pool.counters().retired.load(std::memory_order_relaxed)) {
    pool.counters().retired.store(false, std::memory_order_relaxed);
  }
  return pool;
}

CallHandle Runtime::Impl::call(const VersionPtr& version, const RequestView& request, std::chrono::nanoseconds timeout,
                               Caller& caller) {
  CallSide& side = this->side();
  VersionPool& pool = called_pool(side, version);
  Call& call = side.take();
  if (draining_.load(std::memory_order_relaxed)) {
    call.refuse(pool, pool.at(side.index()), caller, Error(ErrorCode::kDraining, "the server is shutting down"));
  } else {
    const EmitScopePtr emits_around = EmitScope::of_request(request);
    call.start(pool, pool.at(side.index()), request, timeout, {nullptr, 0, emits_around}, caller);
    if (request.emits_into != nullptr) return CollectedCall::of(CallHandle(&call), emits_around);
  }
  return CallHandle(&call);
}

CallHandle Runtime::Impl::call(const ChainPtr& chain, const RequestView& request, std::chrono::nanoseconds timeout,
                               Caller& caller) {
  const VersionPtr& function = chain->function().version;
  const bool alone = chain->links.size() == 1 && function->config.calls.empty();
  if (alone || draining_.load(std::memory_order_relaxed)) return call(function, request, timeout, caller);
  ChainRun& run = side().take_run();
  run.begin(chain, timeout, nullptr);
  const EmitScopePtr emits_around = EmitScope::of_request(request);
  CallHandle handle = run.enter(0, request, caller, emits_around);
  run.release();
  return request.emits_into == nullptr ? std::move(handle) : CollectedCall::of(std::move(handle), emits_around);
}

CallHandle Runtime::Impl::run_link(CallSide& side, LinkPlace place, const RequestView& request, Caller& caller) {
  VersionPool& pool = called_pool(side, place.run->chain().links[place.index].version);
  Call& call = side.take();
  const std::chrono::nanoseconds limit = place.run->limit();
  call.start(pool, pool.at(side.index()), request, limit, std::move(place), caller);
  return CallHandle(&call);
}

Result<ChainPtr> Runtime::Impl::resolve(std::string_view reference) {
  if (options_.resolve) return options_.resolve(reference);
  return Error(ErrorCode::kFunctionNotFound, "there is no function `" + std::string(reference.substr(0, 80)) + "`");
}

// --- Making ready, and watching ------------------------------------------------------------------------------------

void Runtime::Impl::prepare(VersionPtr version, std::function<void(Status)> ready) {
  VersionPool& pool = pool_of(side(), version);
  pool.counters().retired.store(false, std::memory_order_relaxed);
  pool.home().forget_failure();
  pool.at(0).prepare([this, version, ready = std::move(ready)](const Status& status) mutable {
    on_prepared(version, status, std::move(ready));
  });
}

void Runtime::Impl::on_prepared(const VersionPtr& version, Status status, std::function<void(Status)> ready) {
  if (!status || !version->config.probe) return ready(status);
  auto probe = std::make_unique<HealthProbe>(nullptr);
  HealthProbe* const asked = probe.get();
  asked->set_done([this, version, asked, ready = std::move(ready)](const Status& answered) {
    world_.home().at_turn_end(
        [this, asked] { std::erase_if(probes_, [&](const auto& owned) { return owned.get() == asked; }); });
    if (answered) watch(version);
    ready(answered);
  });
  probes_.push_back(std::move(probe));
  asked->start(runtime_, version);
}

void Runtime::Impl::watch(const VersionPtr& version) {
  for (const Watched& watched : watched_) {
    if (watched.version == version) return;
  }
  Watched watched;
  watched.version = version;
  watched.next = world_.home().now() + version->config.probe->every;
  watched_.push_back(std::move(watched));
  if (!housekeeping_.active()) housekeeping_.repeat(kHousekeeping, [this] { keep_house(); });
}

void Runtime::Impl::unwatch(const VersionPool& pool) {
  std::erase_if(watched_, [&](const Watched& watched) { return table_.find(*watched.version).get() == &pool; });
}

void Runtime::Impl::look_at_watched(MonotonicTime now) {
  for (Watched& watched : watched_) {
    if (now < watched.next || draining_) continue;
    watched.next = now + watched.version->config.probe->every;
    const auto pool = table_.find(*watched.version);
    // A version that nobody calls stays at zero instances: there is nothing that could be unwell.
    if (!pool || pool->counters().serving.load(std::memory_order_relaxed) == 0) continue;
    watched.probe = std::make_unique<HealthProbe>(
        [this, version = watched.version](const Status& status) { on_probed(version, status); });
    watched.probe->start(runtime_, watched.version);
  }
}

void Runtime::Impl::on_probed(const VersionPtr& version, const Status& status) {
  for (Watched& watched : watched_) {
    if (watched.version != version) continue;
    watched.failures = status ? 0 : watched.failures + 1;
    if (watched.failures < version->config.probe->failures) return;
    watched.failures = 0;
    world_.log->warn("instances fail their probe and are replaced",
                     {{"function", version->function}, {"reason", status.error().text()}});
    if (const auto pool = table_.find(*version)) {
      pool->on_all_sides([](LoopPool& loop_pool) { loop_pool.retire_idle(); });
    }
    return;
  }
}

// --- Retiring and draining -----------------------------------------------------------------------------------------

void Runtime::Impl::retire(const VersionPtr& version) {
  std::shared_ptr<VersionPool> pool = table_.find(*version);
  if (!pool) return;
  unwatch(*pool);
  pool->counters().retired.store(true, std::memory_order_relaxed);
  pool->on_all_sides([](LoopPool& loop_pool) { loop_pool.retire_idle(); });
  std::erase_if(retiring_, [&](const Retiring& retiring) { return retiring.pool == pool; });
  retiring_.push_back({pool, world_.home().now() + version->config.timeout + kStreamsMax});
  if (!housekeeping_.active()) housekeeping_.repeat(kHousekeeping, [this] { keep_house(); });
}

void Runtime::Impl::renew(const std::string& secret, const std::function<void()>& done) {
  auto left = std::make_shared<std::size_t>(1);  // counted on the home loop
  const auto tell = [this, left, done] {
    world_.home().post([left, done] {
      if (--*left == 0) done();
    });
  };
  for (const auto& pool : table_.all()) {
    const auto& names = pool->version().config.secrets;
    if (std::find(names.begin(), names.end(), secret) == names.end()) continue;
    *left += sides_.size();
    pool->on_all_sides([tell](LoopPool& loop_pool) {
      loop_pool.renew_secrets();
      tell();
    });
  }
  tell();
}

void Runtime::Impl::keep_house() {
  const MonotonicTime now = world_.home().now();
  look_at_retiring(now);
  look_at_watched(now);
  if (retiring_.empty() && watched_.empty()) housekeeping_.stop();
}

void Runtime::Impl::look_at_retiring(MonotonicTime now) {
  std::erase_if(retiring_, [&](const Retiring& retiring) {
    const std::shared_ptr<VersionPool>& pool = retiring.pool;
    const PoolCounters& counters = pool->counters();
    if (!counters.retired.load(std::memory_order_relaxed)) return true;  // it was called again
    const bool empty =
        counters.instances.load(std::memory_order_relaxed) == 0 && counters.queued.load(std::memory_order_relaxed) == 0;
    if (!empty && now < retiring.until) return false;
    pool->home().release();
    if (!empty) return true;
    table_.remove(*pool);
    pool->home().close();
    for (const auto& side : sides_) {
      world_.sides[side->index()]->loop->post([side = side.get(), pool] {
        if (!pool->counters().retired.load(std::memory_order_relaxed) || !pool->at(side->index()).empty()) return;
        pool->at(side->index()).rest();
        side->forget(*pool);
      });
    }
    return true;
  });
}

void Runtime::Impl::drain(milliseconds patience, std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  drain_until_ = world_.home().now() + patience;
  drain_.emplace(world_.home());
  drain_->repeat(kDrainLook, [this] { look_at_drain(); });
}

void Runtime::Impl::look_at_drain() {
  if (running() > 0 && world_.home().now() < drain_until_) return;
  drain_.reset();
  for (const auto& pool : table_.all()) pool->home().release();
  const auto done = std::move(drained_);
  done();
}

int Runtime::Impl::running() const {
  int count = 0;
  for (const auto& side : sides_) count += side->running();
  return count;
}

VersionStats Runtime::Impl::stats(const VersionPtr& version) const {
  VersionStats stats;
  for (const std::shared_ptr<VersionPool>& pool : table_.find_all(*version)) {
    const PoolCounters& counters = pool->counters();
    stats.started += counters.started;
    stats.failed += counters.failed;
    stats.cold_starts += counters.cold_starts;
    stats.crashes += counters.crashes;
    stats.instances += counters.instances;
    stats.idle += counters.idle;
    stats.queued += counters.queued;
    stats.recalled += counters.recalled;
    stats.refused += counters.refused;
    stats.templates += counters.templates;
    stats.connections += counters.connections_open;
    stats.connections_made += counters.connections_made;
    stats.connections_failed += counters.connections_failed;
    stats.connection_bytes_sent += counters.connection_bytes_sent;
    stats.connection_bytes_received += counters.connection_bytes_received;
  }
  return stats;
}

// --- The facade ----------------------------------------------------------------------------------------------------

Runtime::Runtime(std::vector<Loop*> loops, const Log& log, RuntimeOptions options)
    : impl_(std::make_unique<Impl>(*this, std::move(loops), log, std::move(options))) {}
Runtime::~Runtime() = default;

void Runtime::attach_warden(UniqueFd link) {
  impl_->attach_warden(std::move(link));
}
void Runtime::attach_broker(UniqueFd link) {
  impl_->attach_broker(std::move(link));
}
void Runtime::prepare(VersionPtr version, std::function<void(Status)> ready) {
  impl_->prepare(std::move(version), std::move(ready));
}
CallHandle Runtime::call(const VersionPtr& version, const RequestView& request, std::chrono::nanoseconds timeout,
                         Caller& caller) {
  return impl_->call(version, request, timeout, caller);
}
CallHandle Runtime::call(const ChainPtr& chain, const RequestView& request, std::chrono::nanoseconds timeout,
                         Caller& caller) {
  return impl_->call(chain, request, timeout, caller);
}
void Runtime::retire(const VersionPtr& version) {
  impl_->retire(version);
}
void Runtime::renew(const std::string& secret, std::function<void()> done) {
  impl_->renew(secret, done);
}
void Runtime::drain(std::chrono::milliseconds patience, std::function<void()> done) {
  impl_->drain(patience, std::move(done));
}
VersionStats Runtime::stats(const VersionPtr& version) const {
  return impl_->stats(version);
}
std::uint64_t Runtime::walls() const {
  return impl_->walls();
}

}  // namespace sojourn
