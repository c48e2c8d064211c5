#include "loader/change.h"

#include <algorithm>
#include <tuple>

#include "loader/names.h"

namespace sojourn {
namespace {

// ", did you mean `x`?" for the nearest name of a map.
template <class Map>
std::string suggestion(const Map& map, std::string_view name) {
  constexpr std::size_t kNamesMax = 2000;  // a suggestion is not worth comparing with more
  std::vector<std::string_view> names;
  for (const auto& [known, value] : map) {
    if (names.size() < kNamesMax) names.emplace_back(known);
  }
  return did_you_mean(name, names);
}

Error no_function(const Deployments& now, std::string_view name) {
  return Error(ErrorCode::kFunctionNotFound,
               "there is no function `" + std::string(name) + "`" + suggestion(now.functions, name));
}

Error no_pipeline(const Deployments& now, std::string_view name) {
  return Error(ErrorCode::kPipelineNotFound,
               "there is no pipeline `" + std::string(name) + "`" + suggestion(now.pipelines, name));
}

// The number after the newest, or after the last one of what was removed under this name.
template <class Map, class Removed>
int next_number(const Map& map, const Removed& removed, std::string_view name) {
  const auto known = map.find(name);
  if (known != map.end() && !known->second->versions.empty()) return known->second->versions.rbegin()->first + 1;
  const auto gone = removed.find(name);
  return gone == removed.end() ? 1 : gone->second + 1;
}

// Collects the functions that a change touches, each as a copy that may still be written to.
class Resolver {
 public:
  Resolver(const Deployments& now, const Change& change, std::int64_t time) : now_(now), change_(change), time_(time) {}

  Result<ResolvedChange> resolve() {
    if (!change_.expected_head.empty() && change_.expected_head != now_.head) {
      return Error(ErrorCode::kConflict, "head is " + now_.head.substr(0, 12) + ", not the expected " +
                                             change_.expected_head.substr(0, 12) + "; somebody else deployed first");
    }
    for (const FunctionChange& function : change_.functions) {
      if (Status status = check_name("function", function.name); !status) return status.error();
      deploy(function);
    }
    for (const LiveMove& move : change_.moves) {
      if (Status status = this->move(move); !status) return status.error();
    }
    for (const std::string& name : change_.removals) {
      if (!now_.functions.contains(name)) return no_function(now_, name);
      if (touched(name)) return Error(ErrorCode::kRefused, "function " + name + " is both changed and removed");
      resolved_.removals.push_back(name);
    }
    if (Status status = resolve_pipelines(); !status) return status.error();
    return std::move(resolved_);
  }

 private:
  bool touched(const std::string& name) const {
    const auto& functions = resolved_.functions;
    return std::any_of(functions.begin(), functions.end(),
                       [&](const auto& function) { return function->name == name; });
  }

  // The function as it becomes: the copy made earlier, or a new one.
  Function& touch(const std::string& name) {
    for (const auto& function : resolved_.functions) {
      if (function->name == name) return *function;
    }
    const auto known = now_.functions.find(name);
    resolved_.functions.push_back(known == now_.functions.end() ? std::make_shared<Function>()
                                                                : std::make_shared<Function>(*known->second));
    resolved_.functions.back()->name = name;
    return *resolved_.functions.back();
  }

  void deploy(const FunctionChange& wanted) {
    const auto known = now_.functions.find(wanted.name);
    const Function* before = known == now_.functions.end() ? nullptr : known->second.get();
    const VersionPtr live = before == nullptr ? nullptr : before->live_version();
    const bool same = live != nullptr && is_same(*live, wanted);
    const bool same_owner = !wanted.owner || (before != nullptr && before->owner == *wanted.owner);
    if (same) resolved_.unchanged.push_back(wanted.name);
    if (same && same_owner) return;
    Function& function = touch(wanted.name);
    if (wanted.owner) function.owner = *wanted.owner;
    if (!same) add_version(wanted, function);
  }

  void add_version(const FunctionChange& wanted, Function& function) {
    auto version = std::make_shared<Version>();
    version->function = wanted.name;
    version->number = next_version(now_, wanted.name);
    version->artifact = wanted.artifact;
    version->entry = wanted.entry;
    version->config = wanted.config;
    version->fused = wanted.fused;
    version->author = change_.author;
    version->made_at = time_;
    function.live = version->number;
    function.versions[version->number] = version;
    resolved_.made.push_back(std::move(version));
  }

  Status move(const LiveMove& wanted) {
    const auto known = now_.functions.find(wanted.function);
    if (known == now_.functions.end()) return no_function(now_, wanted.function);
    if (known->second->version(wanted.version) == nullptr) {
      return Error(ErrorCode::kVersionNotFound,
                   "function " + wanted.function + " has no version " + std::to_string(wanted.version));
    }
    if (known->second->live == wanted.version) {
      resolved_.unchanged.push_back(wanted.function);
      return {};
    }
    touch(wanted.function).live = wanted.version;
    resolved_.moved.push_back(wanted.function);
    return {};
  }

  Status resolve_pipelines() {
    for (const PipelineChange& wanted : change_.pipelines) {
      if (Status status = check_name("pipeline", wanted.pipeline.name); !status) return status.error();
      deploy(wanted);
    }
    for (const std::string& name : change_.pipeline_removals) {
      if (!now_.pipelines.contains(name)) return no_pipeline(now_, name);
      const auto is_it = [&](const PipelineChange& wanted) { return wanted.pipeline.name == name; };
      if (std::any_of(change_.pipelines.begin(), change_.pipelines.end(), is_it)) {
        return Error(ErrorCode::kRefused, "pipeline " + name + " is both changed and removed");
      }
      resolved_.pipeline_removals.push_back(name);
    }
    return {};
  }

  void deploy(const PipelineChange& wanted) {
    const std::string& name = wanted.pipeline.name;
    const auto known = now_.pipelines.find(name);
    const PipelineVersionPtr live = known == now_.pipelines.end() ? nullptr : known->second->live_version();
    const bool same = live != nullptr && is_same(*live, wanted);
    const bool same_owner = !wanted.owner || (live != nullptr && known->second->owner == *wanted.owner);
    if (same && same_owner) return;
    auto pipeline =
        live == nullptr ? std::make_shared<DeployedPipeline>() : std::make_shared<DeployedPipeline>(*known->second);
    pipeline->name = name;
    if (wanted.owner) pipeline->owner = *wanted.owner;
    if (!same) {
      auto version = std::make_shared<PipelineVersion>();
      version->pipeline = wanted.pipeline;
      version->number = next_pipeline_version(now_, name);
      version->author = change_.author;
      version->made_at = time_;
      pipeline->live = version->number;
      pipeline->versions[version->number] = version;
      resolved_.made_pipelines.push_back(std::move(version));
    }
    resolved_.pipelines.push_back(std::move(pipeline));
  }

  const Deployments& now_;
  const Change& change_;
  const std::int64_t time_;
  ResolvedChange resolved_;
};

auto entry_fields(const EntryNote& note) {
  return std::tie(note.abi_major, note.kind, note.name, note.symbol, note.with);
}

}  // namespace

Result<ResolvedChange> resolve(const Deployments& now, const Change& change, std::int64_t time_seconds) {
  return Resolver(now, change, time_seconds).resolve();
}

int next_version(const Deployments& now, std::string_view function) {
  return next_number(now.functions, now.removed, function);
}

int next_pipeline_version(const Deployments& now, std::string_view pipeline) {
  return next_number(now.pipelines, now.removed_pipelines, pipeline);
}

bool is_same(const Version& version, const FunctionChange& change) {
  return version.artifact.digest == change.artifact.digest && version.config == change.config &&
         entry_fields(version.entry) == entry_fields(change.entry) && version.fused == change.fused;
}

bool is_same(const PipelineVersion& version, const PipelineChange& change) {
  return version.pipeline == change.pipeline;
}

DeploymentsPtr after(const Deployments& now, const ResolvedChange& change, const std::string& commit) {
  auto next = std::make_shared<Deployments>(now);
  next->head = commit;
  for (const auto& version : change.made) version->commit = commit;
  for (const auto& function : change.functions) {
    next->functions[function->name] = function;
    next->removed.erase(function->name);
  }
  for (const std::string& name : change.removals) {
    next->removed[name] = next_version(now, name) - 1;
    next->functions.erase(name);
  }
  for (const auto& version : change.made_pipelines) version->commit = commit;
  for (const auto& pipeline : change.pipelines) {
    next->pipelines[pipeline->name] = pipeline;
    next->removed_pipelines.erase(pipeline->name);
  }
  for (const std::string& name : change.pipeline_removals) {
    next->removed_pipelines[name] = next_pipeline_version(now, name) - 1;
    next->pipelines.erase(name);
  }
  return next;
}

}  // namespace sojourn
