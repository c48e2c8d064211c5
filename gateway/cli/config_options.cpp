#include "gateway/cli/config_options.h"

#include <CLI/CLI.hpp>

namespace sojourn::cli {
namespace {

struct Shorthand {
  const char* option;
  const char* key;
  const char* description;
};

constexpr Shorthand kShorthands[] = {
    {"--entry", "entry", "Which function, when the object holds several"},
    {"--memory", "memory", "Memory of an instance, such as 64MiB"},
    {"--timeout", "timeout", "Longest time of a call, such as 5s"},
    {"--isolation", "isolation", "reuse (keeps warm instances) or fresh (a new process for every call)"},
    {"--access", "access", "token, open, or a mapping as JSON: {\"key\": \"SECRET\"}"},
    {"--secrets", "secrets", "Names of the secrets that it is given, separated by commas"},
    {"--min", "instances.min", "Instances kept ready"},
    {"--max", "instances.max", "Instances at most"},
    {"--idle", "instances.idle", "How long an unused instance stays, such as 60s"},
};

const char* const kGroup = "Configuration";

// KEY=VALUE under a prefix; a text without '=' is wrong usage.
void add_pair(ConfigOptions& into, const std::string& option, const std::string& prefix, const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError(option, "`" + pair + "` is not KEY=VALUE");
  }
  into.emplace_back(prefix + pair.substr(0, equals), pair.substr(equals + 1));
}

}  // namespace

std::shared_ptr<ConfigOptions> add_config_options(CLI::App& command) {
  auto collected = std::make_shared<ConfigOptions>();
  for (const Shorthand& shorthand : kShorthands) {
    const std::string key = shorthand.key;
    command
        .add_option_function<std::string>(
            shorthand.option, [collected, key](const std::string& value) { collected->emplace_back(key, value); },
            shorthand.description)
        ->group(kGroup);
  }
  const auto add_pairs = [&](const std::string& option, const std::string& prefix, const char* description) {
    command
        .add_option_function<std::vector<std::string>>(
            option,
            [collected, option, prefix](const std::vector<std::string>& pairs) {
              for (const std::string& pair : pairs) add_pair(*collected, option, prefix, pair);
            },
            description)
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->group(kGroup);
  };
  add_pairs("--env", "env.", "An environment variable; may be repeated");
  add_pairs("--set", "", "Any key of the manifest, such as probe.path=/healthz; may be repeated");
  return collected;
}

}  // namespace sojourn::cli
