// Holds a function's own `with` against the schema that its object declares, and fills in what that has defaults for.
// The `with` of its decorators is not looked at here: whose schema counts there depends on what is deployed.
//
// Thread: any.
// Errors: kRefused. Of a manifest one line per mistake, FILE:LINE:COLUMN: functions.NAME.with.KEY: what; of a single
//         function `with.KEY: what`.
#pragma once

#include <map>
#include <string>

#include "loader/apply_plan.h"
#include "loader/manifest.h"
#include "runtime/base/result.h"

namespace sojourn {

Status fit_configuration(const EntryNote& entry, FunctionConfig& config);

// A function whose artifact or entry is not there is passed over: plan_apply says so.
Status fit_manifest(Manifest& manifest, const std::map<std::string, InspectedArtifact>& artifacts,
                    const std::string& file);

}  // namespace sojourn
