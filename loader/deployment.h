// What is deployed, as the repository's head says it: an immutable snapshot that the gateway's loops share.
//
// Thread: any; nothing in a snapshot changes after it was made.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loader/artifact.h"
#include "loader/function_config.h"
#include "loader/pipeline.h"

namespace sojourn {

// A decorator that lives in the function's own sandbox: linked when the version was made, so that it is part of it.
struct FusedObject {
  std::string use;  // NAME@N as it was resolved, or NAME@builtin
  Artifact artifact;
  EntryNote entry;
  std::string with;  // JSON text, or empty
  bool operator==(const FusedObject& other) const {
    return use == other.use && artifact.digest == other.artifact.digest && entry.symbol == other.entry.symbol &&
           with == other.with;
  }
};
inline constexpr std::size_t kFusedMax = 8;  // objects of one version

// Version N of a function: never changes, never renumbered.
struct Version {
  std::string function;
  int number = 0;  // from 1
  Artifact artifact;
  EntryNote entry;
  FunctionConfig config;
  std::vector<FusedObject> fused;  // outermost first; the function itself is inside all of them
  std::string commit;              // hex id of the commit that made it
  std::string author;              // the token's name
  std::int64_t made_at = 0;        // seconds since the epoch
};
using VersionPtr = std::shared_ptr<const Version>;

struct Function {
  std::string name;
  std::string owner;  // `name:` of the manifest that applied it, or empty
  int live = 0;       // the version that NAME alone means
  std::map<int, VersionPtr> versions;

  VersionPtr live_version() const { return version(live); }
  VersionPtr version(int number) const {
    const auto found = versions.find(number);
    return found == versions.end() ? nullptr : found->second;
  }
};

using PipelineMap = std::map<std::string, std::shared_ptr<const DeployedPipeline>, std::less<>>;

struct Deployments {
  std::string head;  // hex id of the commit, empty before the first
  std::map<std::string, std::shared_ptr<const Function>, std::less<>> functions;
  PipelineMap pipelines;
  // The last version number of functions that were removed: one that comes back counts on, so that NAME@N never
  // means two things.
  std::map<std::string, int, std::less<>> removed;
  std::map<std::string, int, std::less<>> removed_pipelines;  // likewise
};
using DeploymentsPtr = std::shared_ptr<const Deployments>;

}  // namespace sojourn
