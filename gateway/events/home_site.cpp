#include "gateway/events/home_site.h"

#include <string>
#include <utility>

#include "loader/pipeline_schema.h"

namespace sojourn {
namespace {

using PipelinePtr = std::shared_ptr<const Pipeline>;

Error version_gone(std::string_view what, const RunDefinition& definition) {
  return Error(ErrorCode::kVersionNotFound, std::string(what) + " `" + definition.name + "` has no version " +
                                                std::to_string(definition.number) +
                                                " any more, and this run keeps to it");
}

Result<PipelinePtr> pipeline_of_trigger(const RouteTable& routes, const RunDefinition& definition) {
  const RouteEntryPtr* const entry = routes.find(definition.name);
  const VersionPtr version = entry == nullptr ? nullptr : (*entry)->function->version(definition.number);
  if (!version) return version_gone("function", definition);
  return std::make_shared<const Pipeline>(pipeline_of(*version));
}

}  // namespace

Result<PipelinePtr> HomeSite::pipeline(const RunDefinition& definition) {
  const RouteTable& routes = *home_.routes();
  if (definition.kind == RunKind::kTrigger) return pipeline_of_trigger(routes, definition);
  const DeployedPipeline* const deployed = routes.pipeline(definition.name);
  const PipelineVersionPtr version = deployed == nullptr ? nullptr : deployed->version(definition.number);
  if (!version) return version_gone("pipeline", definition);
  return PipelinePtr(version, &version->pipeline);
}

Result<ChainPtr> HomeSite::chain(std::string_view reference) {
  return home_.routes()->chain_of(reference);
}

TriggerTablePtr HomeSite::triggers() {
  return home_.routes()->triggers();
}

Result<SecretText> HomeSite::secret(std::string_view name) {
  const Secret* const secret = home_.secrets()->find(name);
  if (secret == nullptr) return Error(ErrorCode::kSecretNotFound, "secret `" + std::string(name) + "` is not set");
  return secret->value;
}

// In the metrics a call is a call, whoever made it.
void HomeSite::called(std::string_view function, int status, std::chrono::milliseconds took) {
  const RouteEntryPtr* const entry = home_.routes()->find(function);
  if (entry != nullptr) (*entry)->metrics->record(home_.index(), status, took);
}

}  // namespace sojourn
