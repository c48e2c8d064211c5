// A Change is what one commit is to do to what is deployed: functions with a new artifact or configuration, pipelines,
// removals, moves of `live`. Resolving it against a snapshot says what that comes to (which numbers new versions get,
// what is the same already) before anything is written.
//
// A function whose artifact, entry and configuration equal its live version's gets no new version, and neither does a
// pipeline that is the same already.
//
// Thread: any; pure functions on values.
// Errors: kFunctionNotFound, kVersionNotFound, kRefused, and kConflict when the snapshot is not the expected one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

struct FunctionChange {
  std::string name;
  std::optional<std::string> owner;  // nothing: stays as it is
  Artifact artifact;
  EntryNote entry;
  FunctionConfig config;
  std::vector<FusedObject> fused{};  // outermost first
};

struct PipelineChange {
  Pipeline pipeline;
  std::optional<std::string> owner;  // nothing: stays as it is
};

struct LiveMove {
  std::string function;
  int version = 0;
};

struct ManifestText {
  std::string name;  // the manifest's, or empty
  std::string text;
};

struct Change {
  std::string author;         // the token's name
  std::string message;        // one line; empty: made from what changes
  std::string expected_head;  // a commit that head must still be, or empty
  std::vector<FunctionChange> functions;
  std::vector<std::string> removals;
  std::vector<LiveMove> moves;
  std::vector<PipelineChange> pipelines;
  std::vector<std::string> pipeline_removals;
  std::optional<ManifestText> manifest;  // stored beside the functions; alone it makes no commit
};

// What a change comes to. Pointers are to the state after it; commit ids are not known yet.
struct ResolvedChange {
  std::vector<std::shared_ptr<Version>> made;        // new versions
  std::vector<std::shared_ptr<Function>> functions;  // every function that changes, as it becomes
  std::vector<std::string> removals;
  std::vector<std::string> moved;      // functions of which only `live` moved
  std::vector<std::string> unchanged;  // asked for, and the same already
  std::vector<std::shared_ptr<PipelineVersion>> made_pipelines;
  std::vector<std::shared_ptr<DeployedPipeline>> pipelines;  // every one that changes, as it becomes
  std::vector<std::string> pipeline_removals;
  bool empty() const { return functions.empty() && removals.empty() && pipelines.empty() && pipeline_removals.empty(); }
};

Result<ResolvedChange> resolve(const Deployments& now, const Change& change, std::int64_t time_seconds);

// The number that the function's next version gets, from 1; counts on after a removal.
int next_version(const Deployments& now, std::string_view function);

int next_pipeline_version(const Deployments& now, std::string_view pipeline);

// Whether deploying this would make the version that is there already.
bool is_same(const Version& version, const FunctionChange& change);
bool is_same(const PipelineVersion& version, const PipelineChange& change);

// The state after a resolved change that became `commit`.
DeploymentsPtr after(const Deployments& now, const ResolvedChange& change, const std::string& commit);

}  // namespace sojourn
