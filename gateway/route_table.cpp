#include "gateway/route_table.h"

#include <map>
#include <utility>

namespace sojourn {
namespace {

Error no_such_version(const Function& function, std::string_view reference) {
  std::string text = "function `" + function.name + "` has no version `" + std::string(reference.substr(0, 64)) + "`";
  if (!function.versions.empty()) {
    text += "; its newest is " + std::to_string(function.versions.rbegin()->first) + ", its live one " +
            std::to_string(function.live);
  }
  return Error(ErrorCode::kVersionNotFound, std::move(text));
}

}  // namespace

Result<const VersionPtr*> RouteEntry::resolve(const RouteTarget& target) const {
  if (!target.has_reference || target.reference == "live") {
    if (live) return &live;
    return no_such_version(*function, "live");
  }
  const auto number = parse_version_number(target.reference);
  if (!number) return no_such_version(*function, target.reference);
  const auto found = function->versions.find(*number);
  if (found == function->versions.end()) return no_such_version(*function, target.reference);
  return &found->second;
}

Result<const ChainPtr*> RouteEntry::chain(const Version& version) const {
  constexpr const ChainPtr* kNone = nullptr;
  if (version.entry.kind == EntryKind::kDecorator) {
    return Error(ErrorCode::kFunctionNotFound,
                 "`" + version.function +
                     "` is a decorator: it is not called by itself, but named in the `decorators` "
                     "of a function");
  }
  if (const auto found = chains.made.find(version.number); found != chains.made.end()) return &found->second;
  const auto broken = chains.broken.find(version.number);
  if (broken != chains.broken.end()) return Error(ErrorCode::kLinkFailed, broken->second);
  return kNone;
}

RouteTable::RouteTable(std::size_t loops)
    : loops_(loops), triggers_(*TriggerTable::make({})), pipelines_(std::make_shared<const PipelineMap>()) {}

RouteTablePtr RouteTable::with(const std::vector<std::shared_ptr<const Function>>& changed,
                               const std::vector<std::string>& gone, std::string head,
                               const ChainsOf& chains_of) const {
  auto table = std::make_shared<RouteTable>(*this);
  table->head_ = std::move(head);
  std::map<std::size_t, std::shared_ptr<Shard>> copied;  // each once, however many of its names change
  const auto shard_for = [&](std::string_view name) -> Shard& {
    auto& shard = copied[shard_of(name)];
    if (!shard) {
      const auto& old = shards_[shard_of(name)];
      shard = old ? std::make_shared<Shard>(*old) : std::make_shared<Shard>();
    }
    return *shard;
  };
  for (const std::string& name : gone) shard_for(name).erase(name);
  for (const auto& function : changed) {
    const RouteEntryPtr* before = find(function->name);
    auto metrics = before ? (*before)->metrics : std::make_shared<FunctionMetrics>(loops_);
    shard_for(function->name)[function->name] = std::make_shared<const RouteEntry>(RouteEntry{
        function, function->live_version(), std::move(metrics), chains_of ? chains_of(*function) : FunctionChains{}});
  }
  for (auto& [index, shard] : copied) table->shards_[index] = std::move(shard);
  return table;
}

const RouteEntryPtr* RouteTable::find(std::string_view name) const {
  const auto& shard = shards_[shard_of(name)];
  if (!shard) return nullptr;
  const auto found = shard->find(name);
  return found == shard->end() ? nullptr : &found->second;
}

RouteTablePtr RouteTable::with_events(PipelineMap pipelines, TriggerTablePtr triggers) const {
  auto table = std::make_shared<RouteTable>(*this);
  table->pipelines_ = std::make_shared<const PipelineMap>(std::move(pipelines));
  table->triggers_ = std::move(triggers);
  return table;
}

const DeployedPipeline* RouteTable::pipeline(std::string_view name) const {
  const auto found = pipelines_->find(name);
  return found == pipelines_->end() ? nullptr : found->second.get();
}

Result<ChainPtr> RouteTable::chain_of(std::string_view reference) const {
  RouteTarget target;
  const std::size_t at = reference.find('@');
  target.name = reference.substr(0, at);
  target.has_reference = at != std::string_view::npos;
  if (target.has_reference) target.reference = reference.substr(at + 1);
  const RouteEntryPtr* const entry = find(target.name);
  if (entry == nullptr) {
    return Error(ErrorCode::kFunctionNotFound, "there is no function `" + std::string(target.name.substr(0, 80)) + "`");
  }
  const auto version = (*entry)->resolve(target);
  if (!version.ok()) return version.error();
  const auto chain = (*entry)->chain(***version);
  if (!chain.ok()) return chain.error();
  if (*chain != nullptr) return **chain;
  const VersionPtr& function = **version;
  const std::string label = function->function + "@" + std::to_string(function->number);
  return std::make_shared<const Chain>(Chain{{{function->function, label, function, nullptr}}});
}

}  // namespace sojourn
