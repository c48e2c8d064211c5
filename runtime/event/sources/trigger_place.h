// Where a trigger stands: in which pipeline, or function, and as which of its triggers. Names that stay as long as the
// manifest does are made from it.
//
// Thread: any; pure.
#pragma once

#include <string>

#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

inline const std::string& pipeline_of(const BoundTrigger& trigger) {
  return trigger.source->pipeline->name;
}

// From 0, among all triggers of its pipeline.
inline std::size_t index_of(const BoundTrigger& trigger) {
  return static_cast<std::size_t>(trigger.trigger - trigger.source->pipeline->triggers.data());
}

// The source of its events: /pipelines/NAME/triggers/INDEX, or /functions/... for a function's own trigger.
inline std::string source_of(const BoundTrigger& trigger) {
  const bool is_own = trigger.source->definition.kind == RunKind::kTrigger;
  return (is_own ? "/functions/" : "/pipelines/") + pipeline_of(trigger) + "/triggers/" +
         std::to_string(index_of(trigger));
}

}  // namespace sojourn
