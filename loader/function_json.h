// A FunctionConfig as JSON and back, and options laid over one. The keys and value forms are the manifest's
// (`"memory": "64MiB"`); the deployment repository and the admin API use nothing else.
//
// Thread: any; pure functions.
// Errors: kRefused, one line per mistake, as `path: what`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/function_config.h"
#include "runtime/base/result.h"

namespace sojourn {

// Every key with its value, in the order of the schema; those that are unset are left out.
nlohmann::ordered_json config_to_json(const FunctionConfig& config);
std::string config_json(const FunctionConfig& config);  // the same as text, on one line

// Reads what config_json wrote; keys that are left out have their defaults.
Result<FunctionConfig> config_from_json(const nlohmann::json& json);
Result<FunctionConfig> config_from_json(std::string_view text);

// `base` with the keys of a JSON (or YAML) object changed. Mappings merge member by member; null removes a variable of
// env, the probe, or `with`.
Result<FunctionConfig> with_options(const FunctionConfig& base, std::string_view json_object);

// `base` with options as a command line or a query gives them: `memory`=`64MiB`, `instances.max`=`4`,
// `env.GREETING`=`hello` (always text), `secrets`=`a,b`; lists and mappings as JSON.
using Options = std::vector<std::pair<std::string, std::string>>;
Result<FunctionConfig> with_options(const FunctionConfig& base, const Options& options);

// What differs, one entry per key: `memory 64MiB → 128MiB`, `env.GREETING added`. Values of env are not shown.
std::vector<std::string> differences(const FunctionConfig& before, const FunctionConfig& after);

}  // namespace sojourn
