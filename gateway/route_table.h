// The RouteTable says which version a name means, and what events begin, at one moment. It is immutable: a change makes
// a new table that shares all but one of its shards with the old, so that a deploy costs the same with ten functions
// and with ten thousand, and so does a look-up. A loop that swaps its pointer has made the change, whole.
//
// Thread: any; nothing in it changes after it was made, but FunctionMetrics count.
// Owner:  shared by the loops; a call keeps its RouteEntry until it ends, and thereby its version.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/chain_maker.h"
#include "gateway/function_metrics.h"
#include "gateway/route_target.h"
#include "loader/deployment.h"
#include "runtime/base/result.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

struct RouteEntry {
  std::shared_ptr<const Function> function;
  VersionPtr live;
  std::shared_ptr<FunctionMetrics> metrics;  // the same over all versions of the function
  FunctionChains chains{};                   // of those versions that are more than the function itself

  // The version that the target's reference means; kVersionNotFound says which there are.
  Result<const VersionPtr*> resolve(const RouteTarget& target) const;
  // What a call of the version passes; null when that is nothing but the function. kLinkFailed when a decorator of an
  // old version is gone, kFunctionNotFound for a decorator, which is never called by itself.
  Result<const ChainPtr*> chain(const Version& version) const;
};
using RouteEntryPtr = std::shared_ptr<const RouteEntry>;

class RouteTable {
 public:
  // An empty table for so many loops.
  explicit RouteTable(std::size_t loops);

  using ChainsOf = std::function<FunctionChains(const Function&)>;

  // This table with these functions added or replaced, and those of `gone` taken out.
  std::shared_ptr<const RouteTable> with(const std::vector<std::shared_ptr<const Function>>& changed,
                                         const std::vector<std::string>& gone, std::string head,
                                         const ChainsOf& chains_of = {}) const;

  const std::string& head() const { return head_; }  // the commit that it shows

  const RouteEntryPtr* find(std::string_view name) const;  // null when there is no such function

  // The chain that `NAME`, `NAME@7` or `NAME@live` means.
  Result<ChainPtr> chain_of(std::string_view reference) const;

  // This table with these pipelines, and what events begin now. What they call is what this table has.
  std::shared_ptr<const RouteTable> with_events(PipelineMap pipelines, TriggerTablePtr triggers) const;

  // What events begin, by everything that is deployed; never null.
  const TriggerTablePtr& triggers() const { return triggers_; }

  const PipelineMap& pipelines() const { return *pipelines_; }
  // Null when there is no such pipeline.
  const DeployedPipeline* pipeline(std::string_view name) const;

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& shard : shards_) {
      if (!shard) continue;
      for (const auto& [name, entry] : *shard) visit(name, *entry);
    }
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  using Shard = std::unordered_map<std::string, RouteEntryPtr, Hash, std::equal_to<>>;
  static constexpr std::size_t kShards = 256;

  static std::size_t shard_of(std::string_view name) { return Hash()(name) % kShards; }

  std::size_t loops_;
  std::string head_;
  TriggerTablePtr triggers_;
  std::shared_ptr<const PipelineMap> pipelines_;
  std::array<std::shared_ptr<const Shard>, kShards> shards_;
};
using RouteTablePtr = std::shared_ptr<const RouteTable>;

}  // namespace sojourn
