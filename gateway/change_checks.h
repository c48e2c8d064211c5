// What the Deployer asks of a change before anything is made ready: which of what is deployed it can make or break, and
// whether that still goes together. What the change itself asks for is refused with its place in the manifest; what it
// would break of others with their names. What was wrong before and is not asked for stands in nobody's way.
//
// Thread: any; pure functions.
// Errors: kRefused, one line for each fault.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/chain_maker.h"
#include "gateway/pipeline_check.h"
#include "gateway/site.h"
#include "loader/change.h"

namespace sojourn {

// A change, and where a path stands in the manifest that it came from; an empty function: it came from none.
struct AskedChange {
  const Change& change;
  const std::function<std::string(const std::string& path)>& place_of;
};

bool is_link(const FunctionChange& change);
bool is_decorator(const Function& function);
bool is_decorator_in(const Deployments& deployments, const std::string& name);

// Whether the change can make or break a chain. Most cannot, and then what else is deployed does not matter.
bool touches_chains(const Deployments& now, const Change& change);
// Whether it can make or break a trigger or a step, or moves what a step calls. `names` are those of `now`.
bool touches_events(const Deployments& now, const EventNames& names, const Change& change);

// What would be refused at each connection is refused before anything is changed.
Status check_permitted(const ResolvedChange& change, const GatewayOptions& options, const AskedChange& asked);
// The faults are those of what would be deployed.
Status check_chains(const std::vector<ChainFault>& faults, const AskedChange& asked);
Status check_events(const std::vector<PipelineFault>& before, const std::vector<PipelineFault>& faults,
                    const AskedChange& asked);

}  // namespace sojourn
