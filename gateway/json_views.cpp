#include "gateway/json_views.h"

#include <chrono>

#include "loader/elf_gate.h"
#include "loader/function_json.h"
#include "loader/step_schema.h"
#include "loader/trigger_schema.h"
#include "runtime/base/log.h"

namespace sojourn {

using Json = nlohmann::ordered_json;

std::string rfc3339(std::int64_t seconds) {
  return timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

std::string function_url(std::string_view public_url, std::string_view name) {
  return std::string(public_url) + "/function/" + std::string(name);
}

Json artifact_json(const Artifact& artifact) {
  return {{"sha256", artifact.digest.hex()}, {"size", artifact.size}, {"buildId", artifact.build_id}};
}

Json version_json(const Version& version) {
  return {{"commit", version.commit},
          {"author", version.author},
          {"madeAt", rfc3339(version.made_at)},
          {"entry", version.entry.name},
          {"kind", name(version.entry.kind)},
          {"artifact", artifact_json(version.artifact)},
          {"config", config_to_json(version.config)}};
}

Json function_json(const Function& function, const VersionStats& stats, std::string_view public_url) {
  Json json = {{"name", function.name},
               {"version", function.live},
               {"url", function_url(public_url, function.name)},
               {"owner", function.owner}};
  if (const VersionPtr live = function.live_version()) json.update(version_json(*live));
  if (const VersionPtr live = function.live_version())
    json["triggers"] = triggers_json(live->config.triggers, public_url);
  Json numbers = Json::array();
  for (const auto& [number, version] : function.versions) numbers.push_back(number);
  json["versions"] = std::move(numbers);
  json["stats"] = {{"started", stats.started}, {"failed", stats.failed},       {"coldStarts", stats.cold_starts},
                   {"crashes", stats.crashes}, {"instances", stats.instances}, {"idle", stats.idle},
                   {"queued", stats.queued}};
  return json;
}

namespace {

Json link_json(std::string_view name, std::string_view kind, std::string_view label, std::string_view with) {
  Json link = {{"name", name}, {"kind", kind}, {"label", label}};
  if (!with.empty()) link["with"] = Json::parse(with, nullptr, false);
  return link;
}

}  // namespace

Json chain_json(const RouteEntry& entry) {
  Json links = Json::array();
  if (!entry.live) return links;
  const auto chain = entry.chains.made.find(entry.live->number);
  const auto& uses = entry.live->config.decorators;
  std::size_t use = 0;  // separate links and guards come in the order of `decorators`
  for (std::size_t i = 0; chain != entry.chains.made.end() && i + 1 < chain->second->links.size(); ++i, ++use) {
    const ChainLink& link = chain->second->links[i];
    const std::string& with = link.version ? link.version->config.with : uses.at(use).with;
    links.push_back(link_json(link.name, link.guard ? "guard" : "separate", link.label, with));
  }
  for (const FusedObject& object : entry.live->fused) {
    links.push_back(link_json(object.use.substr(0, object.use.find('@')), "fused", object.use, object.with));
  }
  const std::string label = entry.function->name + "@" + std::to_string(entry.live->number);
  links.push_back(link_json(entry.function->name, "function", label, ""));
  return links;
}

Json triggers_json(const std::vector<Trigger>& triggers, std::string_view public_url) {
  Json list = Json::array();
  const Json written = write_triggers(triggers);
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    Json item = {{"kind", kind_name(triggers[i])}, {"summary", summary_of(triggers[i])}};
    if (const auto* hook = std::get_if<WebhookTrigger>(&triggers[i].on)) {
      item["url"] = std::string(public_url) + "/hooks" + hook->path;
    }
    item["trigger"] = written[i];
    list.push_back(std::move(item));
  }
  return list;
}

Json pipeline_json(const DeployedPipeline& pipeline, std::string_view public_url) {
  const PipelineVersionPtr live = pipeline.live_version();
  Json json = {{"name", pipeline.name},     {"version", pipeline.live}, {"owner", pipeline.owner},
               {"commit", live->commit},    {"author", live->author},   {"madeAt", rfc3339(live->made_at)},
               {"versions", Json::array()}, {"steps", Json::array()}};
  for (const auto& [number, version] : pipeline.versions) json["versions"].push_back(number);
  json["triggers"] = triggers_json(live->pipeline.triggers, public_url);
  for (const Step& step : live->pipeline.steps) json["steps"].push_back({{"id", step.id}, {"kind", kind_name(step)}});
  return json;
}

Json found_json(const ObjectFacts& facts, const EntryNote& entry, const Artifact& artifact) {
  Json entries = Json::array();
  for (const EntryNote& note : facts.entries) entries.push_back(note.name);
  return {{"entry", entry.name},    {"kind", name(entry.kind)},     {"entries", std::move(entries)},
          {"abi", entry.abi_major}, {"needed", facts.needed},       {"sha256", artifact.digest.hex()},
          {"size", artifact.size},  {"buildId", artifact.build_id}, {"summary", found_summary(facts)}};
}

Json history_json(const HistoryEntry& entry) {
  return {{"commit", entry.commit},   {"author", entry.author},       {"madeAt", rfc3339(entry.time)},
          {"message", entry.message}, {"versions", entry.versions},   {"removed", entry.removed},
          {"moved", entry.moved},     {"pipelines", entry.pipelines}, {"removedPipelines", entry.removed_pipelines}};
}

}  // namespace sojourn
