#include "runtime/pool/template_home.h"

#include <algorithm>
#include <csignal>
#include <sys/wait.h>

#include "runtime/pool/connect_doors.h"
#include "runtime/pool/version_pool.h"
#include "runtime/sandbox/host/exit_reason.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};
static_assert(kFusedMax == kAdoptMoreMax);

MonotonicTime now() {
  return std::chrono::steady_clock::now();
}

// A SIGKILL is nothing that a fault of the function's memory leads to: it came from us or from the host.
bool is_crash(std::int32_t status) {
  return WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
}

}  // namespace

// One template, from its adoption until it is gone.
class TemplateHome::Tenant final : public TemplateListener {
 public:
  Tenant(TemplateHome& home, std::uint64_t id) : home_(home), id_(id), limit_(home.world_.home()) {}

  void on_template_loaded(Result<LoadedHead> loaded) override { home_.on_loaded(*this, std::move(loaded)); }
  void on_template_forked(std::uint32_t serial, std::int32_t error) override { home_.on_forked(serial, error); }
  void on_template_exit(std::uint32_t serial, std::int32_t status) override { home_.on_exit(serial, status); }
  void on_template_line(std::string_view text) override {
    home_.pool_.line({&home_.pool_.version(), {}, 1, "load", text, {}});
  }
  void on_template_fault(std::string_view what) override { home_.on_fault(*this, what); }
  void on_template_end() override { home_.on_end(*this); }

  TemplateHome& home_;
  const std::uint64_t id_;
  std::unique_ptr<TemplateProcess> process_;
  std::unique_ptr<ConnectDoors> doors_;  // with `connect`
  Timer limit_;                          // for the report of its death, or for an old one's last instances
  std::optional<int> died_;
  bool ended_ = false;
  bool loaded_ = false;
  bool killed_ = false;
  int live_ = 0;  // instances
};

TemplateHome::TemplateHome(VersionPool& pool, PoolWorld& world) : pool_(pool), world_(world) {}

TemplateHome::~TemplateHome() = default;

void TemplateHome::fork(std::uint32_t serial, FarEnds ends, std::size_t side) {
  waiting_.push_back({serial, std::move(ends), side});
  if (current_ && current_->loaded_) return send_waiting();
  begin();
}

void TemplateHome::begin() {
  if (current_ || waiting_.empty()) return;
  if (const auto left = not_before_ - now(); left.count() > 0) {
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(left);
    return fail_waiting(
        Error(ErrorCode::kNoCapacity, "the function crashed too often: it is started again after a pause"), pause);
  }
  needs_warden_ = !world_.warden->attached();
  if (needs_warden_) return;
  const Result<FileIdentity> file = world_.artifact(pool_.version().artifact.digest);
  if (!file) return fail_waiting(file.error(), kRetryAfter);
  const auto fused = fused_requests(world_.next_template);
  if (!fused) return fail_waiting(fused.error(), kRetryAfter);
  if (!listed_within_bound()) {
    return fail_waiting(Error(ErrorCode::kNoCapacity, "as many functions are busy as this server keeps loaded: " +
                                                          std::to_string(world_.templates_max) + " (templates)"),
                        kRetryAfter);
  }
  current_ = std::make_shared<Tenant>(*this, world_.next_template++);
  pool_.counters().templates.fetch_add(1, std::memory_order_relaxed);
  const FunctionConfig& config = pool_.version().config;
  const AdoptDoorsRequest doors = doors_request(config, current_->id_);
  world_.warden->adopt(
      adopt_request(*file, current_->id_), *fused, config.connect.empty() ? nullptr : &doors,
      [weak = std::weak_ptr<Tenant>(current_), world = &world_, id = current_->id_](Result<Adoption> adoption) {
        if (const auto tenant = weak.lock()) {
          tenant->home_.on_adopted(*tenant, std::move(adoption));
        } else if (adoption) {
          world->warden->kill(id, 0);
        }
      });
}

AdoptRequest TemplateHome::adopt_request(const FileIdentity& file, std::uint64_t id) const {
  const FunctionConfig& config = pool_.version().config;
  AdoptRequest request{};
  request.type = WardenMessageType::kAdopt;
  request.threads = static_cast<std::uint32_t>(config.threads);
  request.id = id;
  request.digest = pool_.version().artifact.digest.bytes;
  request.inode = file.inode;
  request.size = file.size;
  request.changed_ns = file.changed_ns;
  request.memory = config.memory;
  request.tmp = config.tmp;
  request.instances_max = static_cast<std::uint32_t>(pool_.instances_max() + pool_.spares_max());
  request.cpu_thousandths = static_cast<std::uint32_t>(config.cpu * 1000.0);
  request.fused = static_cast<std::uint32_t>(pool_.version().fused.size());
  request.doors = config.connect.empty() ? 0 : 1;
  return request;
}

// The objects of the fused links. The dynamic loader takes the same file for the same object: whoever stands in the
// chain a second time comes from a copy.
Result<std::vector<AdoptMoreRequest>> TemplateHome::fused_requests(std::uint64_t id) const {
  const Version& version = pool_.version();
  std::vector<AdoptMoreRequest> requests;
  for (std::size_t index = 0; index < version.fused.size(); ++index) {
    const Digest& digest = version.fused[index].artifact.digest;
    const auto is_same = [&](const FusedObject& other) { return other.artifact.digest == digest; };
    const auto before =
        std::count_if(version.fused.begin(), version.fused.begin() + static_cast<std::ptrdiff_t>(index), is_same);
    const auto copy = static_cast<std::uint32_t>(before) + (version.artifact.digest == digest ? 1u : 0u);
    const Result<FileIdentity> file = copy == 0 ? world_.artifact(digest) : world_.artifact_copy(digest, copy);
    if (!file) return file.error();
    AdoptMoreRequest& request = requests.emplace_back();
    request.type = WardenMessageType::kAdoptMore;
    request.index = static_cast<std::uint32_t>(index) + 1;
    request.id = id;
    request.digest = digest.bytes;
    request.inode = file->inode;
    request.size = file->size;
    request.changed_ns = file->changed_ns;
    request.copy = copy;
  }
  return requests;
}

std::string TemplateHome::load_packet() const {
  const Version& version = pool_.version();
  std::string packet;
  PayloadWriter out(packet);
  LoadHead head{};
  head.type = TemplateMessage::kLoad;
  head.version = static_cast<std::uint32_t>(version.number);
  head.env_count = static_cast<std::uint32_t>(version.config.env.size());
  head.one_shot = pool_.profile().one_shot ? 1 : 0;
  head.fused_count = static_cast<std::uint32_t>(version.fused.size());
  out.fixed(head);
  out.text(version.entry.symbol);
  out.text(version.function);
  out.text(version.config.with);
  for (const auto& [key, value] : version.config.env) {
    out.text(key);
    out.text(value);
  }
  for (const FusedObject& object : version.fused) {
    out.text(object.entry.symbol);
    out.text(object.use);
    out.text(object.with);
  }
  return packet;
}

void TemplateHome::on_adopted(Tenant& tenant, Result<Adoption> adoption) {
  if (&tenant != current_.get()) return kill_template(tenant);
  if (!adoption) {
    const Error error = adoption.error();
    drop(tenant);
    if (world_.warden->attached()) return fail_waiting(error, kRetryAfter);
    needs_warden_ = true;  // who waits goes on waiting for the next warden
    return;
  }
  if (!adoption->doors.empty()) tenant.doors_ = std::make_unique<ConnectDoors>(pool_, std::move(adoption->doors));
  tenant.process_ = std::make_unique<TemplateProcess>(world_.home(), tenant.id_, std::move(*adoption), tenant);
  tenant.process_->load(load_packet());
}

void TemplateHome::on_loaded(Tenant& tenant, Result<LoadedHead> loaded) {
  if (loaded) {
    tenant.loaded_ = true;
    if (&tenant == current_.get()) send_waiting();
    return;
  }
  const Error error = loaded.error();
  const bool current = &tenant == current_.get();
  kill_template(tenant);
  drop(tenant);
  if (!current) return;
  charge(true);
  fail_waiting(error, std::max<std::chrono::milliseconds>(budget_.pause(), kRetryAfter));
}

void TemplateHome::send_waiting() {
  while (!waiting_.empty() && current_ && current_->loaded_) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    forked_[next.serial] = {next.side, current_->id_};
    ++current_->live_;
    current_->process_->fork(next.serial, std::move(next.ends));
    if (current_ && current_->process_->forks() >= kForksMax) replace();
  }
  begin();
}

void TemplateHome::on_forked(std::uint32_t serial, std::int32_t error) {
  if (error == 0) return;
  const auto found = forked_.find(serial);
  if (found == forked_.end()) return;
  const std::size_t side = found->second.side;
  on_exit(serial, 0);
  pool_.on_side(side, [serial, error](LoopPool& pool) {
    pool.on_no_instance(
        serial, system_error("the function's process could not be forked", error, ErrorCode::kNoCapacity), kRetryAfter);
  });
}

void TemplateHome::on_exit(std::uint32_t serial, std::int32_t status) {
  const auto found = forked_.find(serial);
  if (found == forked_.end()) return;
  const auto [side, template_id] = found->second;
  forked_.erase(found);
  if (side == 0 && world_.home().on_loop_thread()) {
    pool_.at(0).on_exit(serial, status);
  } else {
    pool_.on_side(side, [serial, status](LoopPool& pool) { pool.on_exit(serial, status); });
  }
  if (current_ && current_->id_ == template_id) {
    --current_->live_;
    if (is_crash(status)) charge(false);
    return;
  }
  for (const auto& old : std::vector(old_)) {
    if (old->id_ == template_id && --old->live_ <= 0) drop(*old);
  }
}

void TemplateHome::charge(bool whole) {
  if (whole) {
    budget_.spend(now());
  } else if (!budget_.crashed(now())) {
    return;
  }
  not_before_ = now() + budget_.pause();
  if (current_ && current_->loaded_) replace();
}

// The current template forks no more; it goes with its last instance.
void TemplateHome::replace() {
  const std::shared_ptr<Tenant> tenant = std::exchange(current_, nullptr);
  old_.push_back(tenant);
  listed(false);
  tenant->limit_.start(pool_.version().config.timeout + kOldTemplateMax, [this, tenant = tenant.get()] {
    kill_template(*tenant);
    drop(*tenant);
  });
  pool_.on_all_sides([](LoopPool& pool) { pool.retire_idle(); });
}

void TemplateHome::on_end(Tenant& tenant) {
  tenant.ended_ = true;
  if (tenant.loaded_) {
    const bool unexpected = &tenant == current_.get() && !tenant.killed_;
    drop(tenant);
    if (unexpected) {
      charge(false);
      begin();
    }
    return;
  }
  // It ended while it loaded: the warden's report says how.
  const auto fail = [this, &tenant] { on_loaded(tenant, tenant.process_->load_fault(tenant.died_)); };
  if (tenant.died_) return fail();
  tenant.limit_.start(kDeathReportMax, [this, weak = std::weak_ptr<Tenant>(current_)] {
    if (const auto late = weak.lock()) on_loaded(*late, load_exit_reason(std::nullopt));
  });
}

bool TemplateHome::on_died(const DiedReport& report) {
  const auto matches = [&](const std::shared_ptr<Tenant>& tenant) { return tenant && tenant->id_ == report.id; };
  if (matches(current_)) {
    const std::shared_ptr<Tenant> tenant = current_;
    tenant->died_ = report.status;
    if (tenant->ended_ && !tenant->loaded_) on_loaded(*tenant, tenant->process_->load_fault(tenant->died_));
    return true;
  }
  return std::any_of(old_.begin(), old_.end(), matches);
}

void TemplateHome::on_fault(Tenant& tenant, std::string_view what) {
  world_.log->warn("a template broke its protocol", {{"function", pool_.version().function}, {"what", what}});
  kill_template(tenant);
  const bool current = &tenant == current_.get();
  drop(tenant);
  if (!current) return;
  charge(true);
  begin();
}

void TemplateHome::moved(std::uint32_t serial, std::size_t side) {
  if (const auto found = forked_.find(serial); found != forked_.end()) found->second.side = side;
}

void TemplateHome::kill(std::uint32_t serial, std::int32_t pid) {
  const auto found = forked_.find(serial);
  if (found == forked_.end()) {
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.serial == serial; });
    return;
  }
  const std::uint64_t id = found->second.template_id;
  if (pid != 0) return world_.warden->kill(id, pid);
  world_.warden->kill(id, 0);
  if (current_ && current_->id_ == id) {
    current_->killed_ = true;
    charge(true);
  }
}

void TemplateHome::start_failed(const Error&) {
  charge(false);
}

void TemplateHome::kill_template(Tenant& tenant) {
  tenant.killed_ = true;
  world_.warden->kill(tenant.id_, 0);
}

// Forgets the template and the instances it had; their channels tell the loops.
void TemplateHome::drop(Tenant& tenant) {
  std::erase_if(forked_, [&](const auto& entry) { return entry.second.template_id == tenant.id_; });
  std::shared_ptr<Tenant> gone;
  if (current_.get() == &tenant) {
    gone = std::exchange(current_, nullptr);
    listed(false);
  }
  for (auto& old : old_) {
    if (old.get() == &tenant) gone = old;
  }
  std::erase(old_, gone);
  if (!gone) return;
  // It may be what calls us just now: its end comes after this turn.
  gone_.push_back(std::move(gone));
  world_.home().at_turn_end([weak = pool_.weak_from_this()] {
    if (const auto pool = weak.lock()) pool->home().gone_.clear();
  });
}

void TemplateHome::close() {
  listed(false);
  current_.reset();
  old_.clear();
  gone_.clear();
  waiting_.clear();
}

void TemplateHome::release() {
  if (!current_) return;
  const std::shared_ptr<Tenant> tenant = current_;
  kill_template(*tenant);
  drop(*tenant);
}

void TemplateHome::fail_waiting(const Error& error, std::chrono::milliseconds retry_after) {
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    pool_.on_side(waiting.side, [serial = waiting.serial, error, retry_after](LoopPool& pool) {
      pool.on_no_instance(serial, error, retry_after);
    });
  }
}

void TemplateHome::on_warden_attached() {
  if (std::exchange(needs_warden_, false)) begin();
}

void TemplateHome::on_warden_gone() {
  if (current_) drop(*std::shared_ptr<Tenant>(current_));
  for (const auto& old : std::vector(old_)) drop(*old);
  if (!waiting_.empty()) needs_warden_ = true;
}

void TemplateHome::forget_failure() {
  if (current_ == nullptr) not_before_ = {};
}

void TemplateHome::listed(bool wanted) {
  std::erase(world_.homes, this);
  if (wanted) world_.homes.push_back(this);
}

// Makes room for one template more, if need be by letting go of the least recently called version that is idle.
bool TemplateHome::listed_within_bound() {
  if (world_.homes.size() >= world_.templates_max) {
    TemplateHome* oldest = nullptr;
    for (TemplateHome* home : world_.homes) {
      const PoolCounters& counters = home->pool_.counters();
      const bool busy = counters.instances > counters.idle || counters.queued > 0;
      if (busy || (oldest != nullptr && counters.called_at_ms >= oldest->pool_.counters().called_at_ms)) continue;
      oldest = home;
    }
    if (oldest == nullptr) return false;
    oldest->pool_.on_all_sides([](LoopPool& pool) { pool.retire_idle(); });
    oldest->replace_for_good();
  }
  listed(true);
  return true;
}

void TemplateHome::replace_for_good() {
  if (current_ && current_->live_ > 0) return replace();
  release();
}

}  // namespace sojourn
