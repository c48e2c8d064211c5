// The options of a function's configuration, as `deploy` and `run` take them: short ones for what is set often,
// `--set KEY=VALUE` for every key of the manifest. They travel as pairs of the manifest's key path and a text.
//
// Thread: one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loader/function_json.h"

namespace CLI {
class App;
}

namespace sojourn::cli {

// In the order given; `env.GREETING` = `hello`. The values are checked where they are used, by the loader's schema.
using ConfigOptions = Options;

// Gives `command` the options, grouped. What they collect is complete when the parsing is.
std::shared_ptr<ConfigOptions> add_config_options(CLI::App& command);

}  // namespace sojourn::cli
