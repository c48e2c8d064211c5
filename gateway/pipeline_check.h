// What pipelines and triggers need of the rest of what is deployed: the functions that steps call and triggers follow
// are there, schedules have times, and files triggers watch where they may. And what of it all the gateway listens to.
//
// Thread: any; pure functions.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "loader/deployment.h"
#include "runtime/base/result.h"
#include "runtime/event/sources/watch_roots.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

// What is wrong, and where in a manifest that would be.
struct PipelineFault {
  std::string owner;  // "pipelines.NAME" or "functions.NAME"
  std::string path;   // below it: "steps[2].call"
  std::string text;
  bool operator==(const PipelineFault&) const = default;
};

// Every fault of the pipelines and triggers that are live, on a server that lets directories be watched below `roots`.
std::vector<PipelineFault> check_pipelines(const Deployments& deployments, const WatchRoots& roots);

// The functions whose change makes other trigger tables: those with triggers, and those that steps call and triggers
// follow.
using EventNames = std::set<std::string, std::less<>>;
EventNames event_names(const Deployments& deployments);

// Everything live whose triggers are to be listened to: a run keeps to the versions that are live now.
std::vector<TriggerSource> trigger_sources(const Deployments& deployments);

// The table of those sources that go together, in their order; why the others were left out goes to `refused`.
TriggerTablePtr salvage_triggers(std::vector<TriggerSource> sources,
                                 const std::function<void(const TriggerSource&, const Error&)>& refused);

}  // namespace sojourn
