// The TemplateHome keeps a version's template: makes it at the first fork that is asked for, passes forks on to it,
// brings word of exits to the loops, replaces it when its crash budget is spent or it has forked ten thousand times,
// and lets it go when the version retires. An old template lives on until its last instance is gone.
//
// Thread:  the home loop.
// Owner:   a VersionPool, which outlives it and by which it reaches the loops.
// Errors:  what it cannot do goes to the loops that asked, as LoopPool::on_no_instance, in a later turn.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/pool/crash_budget.h"
#include "runtime/pool/pool_world.h"
#include "runtime/sandbox/host/template_process.h"

namespace sojourn {

class VersionPool;

class TemplateHome {
 public:
  TemplateHome(VersionPool& pool, PoolWorld& world);
  ~TemplateHome();

  // Forks an instance for loop `side`, as soon as there is a template.
  void fork(std::uint32_t serial, FarEnds ends, std::size_t side);
  // The instance lives on another loop from now on.
  void moved(std::uint32_t serial, std::size_t side);
  // By its serial: pid 0, or an instance that outlived its kill, takes the whole template.
  void kill(std::uint32_t serial, std::int32_t pid);
  // An instance failed to start; `reason` goes to those who wait.
  void start_failed(const Error& reason);
  // No instance is left or wanted: the template goes.
  void release();
  // The loops have stopped for good: everything that is made on the home loop goes.
  void close();

  bool has_template() const { return current_ != nullptr; }
  std::size_t forks_waiting() const { return waiting_.size(); }

  void on_warden_attached();
  void on_warden_gone();
  bool on_died(const DiedReport& report);  // false: not of this version
  void forget_failure();                   // the next fork tries at once

  static constexpr int kForksMax = 10'000;                         // of one template
  static constexpr std::chrono::milliseconds kDeathReportMax{50};  // after its end of file
  static constexpr std::chrono::seconds kOldTemplateMax{30};       // beyond the timeout

 private:
  class Tenant;
  struct Waiting {
    std::uint32_t serial;
    FarEnds ends;
    std::size_t side;
  };

  void begin();
  void on_adopted(Tenant& tenant, Result<Adoption> adoption);
  void on_loaded(Tenant& tenant, Result<LoadedHead> loaded);
  void on_end(Tenant& tenant);
  void on_exit(std::uint32_t serial, std::int32_t status);
  void on_forked(std::uint32_t serial, std::int32_t error);
  void on_fault(Tenant& tenant, std::string_view what);
  void send_waiting();
  void charge(bool whole);
  void replace();
  void fail_waiting(const Error& error, std::chrono::milliseconds retry_after);
  void drop(Tenant& tenant);
  void kill_template(Tenant& tenant);
  AdoptRequest adopt_request(const FileIdentity& file, std::uint64_t id) const;
  Result<std::vector<AdoptMoreRequest>> fused_requests(std::uint64_t id) const;
  std::string load_packet() const;
  void listed(bool wanted);
  bool listed_within_bound();
  void replace_for_good();

  VersionPool& pool_;
  PoolWorld& world_;
  std::shared_ptr<Tenant> current_;
  std::vector<std::shared_ptr<Tenant>> old_;
  std::vector<std::shared_ptr<Tenant>> gone_;  // until the end of the turn
  std::deque<Waiting> waiting_;
  struct Forked {
    std::size_t side;
    std::uint64_t template_id;
  };
  std::unordered_map<std::uint32_t, Forked> forked_;
  CrashBudget budget_;
  MonotonicTime not_before_{};  // no template is made before that
  bool needs_warden_ = false;
};

}  // namespace sojourn
