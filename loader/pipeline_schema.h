// A pipeline as a manifest writes it, as JSON with every default filled in, and back; and what differs between two. The
// keys and value forms are the manifest's, and the deployment repository and the API use nothing else.
//
// Thread: any; functions on values.
// Errors: kRefused, one line per mistake, as `path: what`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "loader/config_schema.h"
#include "loader/deployment.h"
#include "loader/pipeline.h"
#include "runtime/base/result.h"

namespace sojourn {

// Reads the mapping that stands under a pipeline's name. What is wrong goes to the complaints.
void read_pipeline(const Place& place, const Node& node, Pipeline& into);

nlohmann::ordered_json pipeline_to_json(const Pipeline& pipeline);  // without its name
Result<Pipeline> pipeline_from_json(const std::string& name, const nlohmann::json& json);

// One entry per key: `steps.enrich.timeout 10s → 20s`, `triggers[1] added`, `key none → ["/user/id"]`.
std::vector<std::string> differences(const Pipeline& before, const Pipeline& after);

// The pipeline that a function's own triggers make: of its name, with the one step `call`. Empty triggers make one that
// nothing begins.
Pipeline pipeline_of(const Version& version);

// Every secret that the triggers and steps name, each once.
std::vector<std::string> secrets_of(const Pipeline& pipeline);
std::vector<std::string> secrets_of(const std::vector<Trigger>& triggers);

std::vector<SchemaKeyNames> pipeline_key_names();  // `pipeline`, `dedupe`, and those of its steps

}  // namespace sojourn
