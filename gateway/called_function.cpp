#include "gateway/called_function.h"

#include <variant>

#include "runtime/event/dispatch/step_job.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {
namespace {

std::string called_in_pipeline(const RouteTable& routes, const RunDefinition& definition, std::string_view step) {
  const DeployedPipeline* const deployed = routes.pipeline(definition.name);
  const PipelineVersionPtr version = deployed == nullptr ? nullptr : deployed->version(definition.number);
  const Step* const found = version ? version->pipeline.step(step) : nullptr;
  const auto* const call = found == nullptr ? nullptr : std::get_if<CallStep>(&found->act);
  if (call == nullptr) return "";
  const auto reference = reference_of(definition, call->function);
  return reference.ok() ? *reference : "";
}

}  // namespace

std::string called_function(const RouteTable& routes, const RunView& run, std::string_view step) {
  const auto definition = RunDefinition::parse(run.definition);
  if (!definition || definition->kind == RunKind::kQueue) return "";
  if (definition->kind == RunKind::kPipeline) return called_in_pipeline(routes, *definition, step);
  if (definition->kind == RunKind::kCall && step != kCallStep) return "";
  return definition->name + "@" + std::to_string(definition->number);
}

}  // namespace sojourn
