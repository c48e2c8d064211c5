// Reads what is deployed out of a commit: its tree gives everything a restart serves, its ancestors' messages give the
// ids of the commits that made each version.
//
// Thread: the repository's one thread. What it returns is an ordinary snapshot.
// Errors: kInternal with the path of the file that cannot be read.
#pragma once

#include <git2.h>

#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

// REQUIRES: `head` is a commit of the repository.
Result<DeploymentsPtr> read_deployments(git_repository* repository, const git_oid& head);

}  // namespace sojourn
