// The Deployer changes what is deployed, one change after another, so that no request ever meets a version that was not
// seen to work, and no restart forgets one that answered:
//
//   plan      -> what the change comes to, from what is deployed now; nothing to do ends here
//   preparing -> the runtime makes every new version ready and runs its probe; one that fails ends the change
//   storing   -> one commit, durable, on the store thread; the only step that changes what a restart sees
//   switching -> every loop swaps its route table; a call keeps the version it was accepted with
//   done      -> the versions that are no longer live are retired
//
// Thread: submit() any; everything else on the home loop. The repository is touched on the store thread only.
// Owner:  the Gateway. The repository, the runtime, the workers, the store thread and the chain maker outlive it.
// Bound:  kPublicationsMax changes wait; submit() refuses the next with kNoCapacity.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/pipeline_check.h"
#include "gateway/publication.h"
#include "gateway/route_table.h"
#include "gateway/serial_thread.h"
#include "gateway/site.h"
#include "loader/repository.h"

namespace sojourn {

inline constexpr std::size_t kPublicationsMax = 64;

class Deployer {
 public:
  Deployer(Site& site, Loop& home, Repository& repository, SerialThread& store, ChainMaker& chains);
  ~Deployer();
  Deployer(const Deployer&) = delete;
  Deployer& operator=(const Deployer&) = delete;

  // The table that the workers begin with: what the repository's head says.
  RouteTablePtr routes() const { return routes_; }

  Status submit(Publication publication);

  // Fills in what the fused decorators of the change's functions mean when it is made. Home loop.
  Status link(Change& change) const;

  // Reads the newest commits, of one function or with an empty name of all. Any thread; `done` comes on the store's.
  Status read_history(std::string function, std::size_t limit,
                      std::function<void(Result<std::vector<HistoryEntry>>)> done);

  // A function is no longer deployed. Home loop; set before the loops run.
  std::function<void(const std::string& name)> on_removed;

  // Something else is deployed, and all loops show it. Likewise.
  std::function<void()> on_deployed;

  // Makes ready what is to have instances without being called. Home loop, once the warden is there.
  void warm();

 private:
  struct Run;  // a publication under way
  using RunPtr = std::shared_ptr<Run>;

  void start_next();
  void plan(const RunPtr& run);
  Status check_whole(Run& run) const;
  void add_links(Run& run);
  RouteTable::ChainsOf chains_in(DeploymentsPtr deployments);
  std::vector<RouteEntryPtr> add_wrapped(const Run& run, std::vector<std::shared_ptr<const Function>>& changed) const;
  void retire_links(Run& run, const std::vector<RouteEntryPtr>& before) const;
  void prepare(const RunPtr& run);
  void on_prepared(const RunPtr& run, const VersionPtr& version, const Status& status);
  void store(const RunPtr& run);
  void on_stored(const RunPtr& run, Result<Committed> committed);
  void switch_over(const RunPtr& run);
  void finish(const RunPtr& run, Result<Published> outcome);
  void give_up_versions(const Run& run);

  Site& site_;
  Loop& home_;
  Repository& repository_;
  SerialThread& store_;
  ChainMaker& chains_;
  const WatchRoots watch_roots_;
  DeploymentsPtr deployments_;
  EventNames event_names_;  // of deployments_
  RouteTablePtr routes_;
  std::deque<Publication> waiting_;
  RunPtr running_;
  std::atomic<std::size_t> accepted_{0};  // waiting and running
};

}  // namespace sojourn
