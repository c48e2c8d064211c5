// What the Deployer is asked for and what it answers.
//
// Thread: values; a plan and a done run on the home loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loader/change.h"
#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

enum class Trial {
  kPublish,  // try the new versions, commit, switch over
  kDryRun,   // say what would change, and touch nothing
};

struct Published {
  std::vector<VersionPtr> made;        // new versions, now live
  std::vector<std::string> unchanged;  // functions that were asked for and the same already
  std::vector<std::string> removed;
  std::string commit;    // empty: there was nothing to commit
  DeploymentsPtr after;  // what is deployed now; for a dry run, what is now and stays
};

struct Publication {
  // Made from what is deployed when its turn comes, not before: an earlier change in the queue may have moved it.
  std::function<Result<Change>(const Deployments& now)> plan;
  Trial trial = Trial::kPublish;
  // Where a path such as `functions.NAME.memory` stands in a manifest's file, as `FILE:LINE:COLUMN: `; none: there is
  // no file.
  std::function<std::string(const std::string& path)> place_of;
  std::function<void(Result<Published>)> done;  // exactly once
};

}  // namespace sojourn
