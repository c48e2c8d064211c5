// How the admin API shows what is deployed: one function for each kind of thing, used by every route that shows it.
//
// Thread: any; pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gateway/route_table.h"
#include "loader/artifact.h"
#include "loader/repository.h"
#include "runtime/call/runtime.h"

namespace sojourn {

std::string function_url(std::string_view public_url, std::string_view name);

nlohmann::ordered_json artifact_json(const Artifact& artifact);
// What all descriptions of a version have: commit, author, madeAt, entry, kind, artifact, config.
nlohmann::ordered_json version_json(const Version& version);
nlohmann::ordered_json function_json(const Function& function, const VersionStats& stats, std::string_view public_url);
// What a call of the live version passes, outermost first, the function last: name, kind, and where there is one a
// version's label and `with`.
nlohmann::ordered_json chain_json(const RouteEntry& entry);
// What begins runs: kind, a summary for people, the trigger as a manifest writes it, and the URL of a webhook.
nlohmann::ordered_json triggers_json(const std::vector<Trigger>& triggers, std::string_view public_url);
// Of the live version: name, version, owner, commit, author, madeAt, versions, triggers, and of each step id and kind.
nlohmann::ordered_json pipeline_json(const DeployedPipeline& pipeline, std::string_view public_url);
nlohmann::ordered_json found_json(const ObjectFacts& facts, const EntryNote& entry, const Artifact& artifact);
nlohmann::ordered_json history_json(const HistoryEntry& entry);
std::string rfc3339(std::int64_t seconds);

}  // namespace sojourn
