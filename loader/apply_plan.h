// An apply plan is what `apply` would do: the one change that makes what is deployed match a manifest, and the
// difference in words for a person to read first.
//
//   + hello@1                         new
//   ~ api@4: memory 64MiB → 128MiB    a new version, and why
//   = other                           the same already
//   - old                             removed by pruning
//   + pipeline orders@1               and so on, in the same four ways
//
// A manifest's `name` owns what it applied. What another manifest owns is never touched, what nobody owns is taken
// over, and pruning removes only what this manifest owns and no longer lists.
//
// Thread: any; a pure function of its arguments.
// Errors: kRefused, one line per function or pipeline that cannot be applied.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "loader/artifact.h"
#include "loader/change.h"
#include "loader/deployment.h"
#include "loader/manifest.h"
#include "runtime/base/result.h"

namespace sojourn {

enum class Prune {
  kKeep,         // what the manifest no longer lists stays
  kRemoveOwned,  // what of it the manifest owns is removed
};

// An artifact that is stored and went through the ELF gate.
struct InspectedArtifact {
  Artifact artifact;
  ObjectFacts facts;
};

struct ApplyPlan {
  Change change;                   // its author is for the caller to fill in
  std::vector<std::string> lines;  // the difference, removals last
  bool changes_anything = false;
};

// Fills in what the fused decorators of a change's functions mean.
using LinkFused = std::function<void(Change&)>;

// REQUIRES: `artifacts` has one for each of the manifest's functions, by function name.
Result<ApplyPlan> plan_apply(const Deployments& now, const Manifest& manifest,
                             const std::map<std::string, InspectedArtifact>& artifacts, Prune prune,
                             const LinkFused& link = {});

}  // namespace sojourn
