// sojourn describe: everything about one function.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// {"instances": {"max": 4}} as `instances.max` = 4.
void append_config(Pairs& pairs, const nlohmann::json& config, const std::string& prefix) {
  if (!config.is_object()) return;
  for (const auto& [key, value] : config.items()) {
    if (key == "triggers") continue;  // shown by print_triggers
    if (value.is_object() && key != "with") {
      append_config(pairs, value, prefix + key + ".");
    } else {
      pairs.emplace_back("  " + prefix + key, text(value));
    }
  }
}

// The way of a call, from the outside to the function.
void print_chain(const nlohmann::json& chain) {
  if (!chain.is_array() || chain.size() < 2) return;
  std::string drawn = "chain:\n";
  std::string indent = "  ";
  for (const auto& link : chain) {
    drawn += indent + text(link, "label") + " (" + text(link, "kind") + ")";
    if (link.contains("with")) drawn += " " + member(link, "with").dump();
    drawn += "\n";
    indent = indent.size() == 2 ? "  └─ " : "   " + indent;
  }
  print(drawn);
}

// What calls it beside HTTP.
void print_triggers(const nlohmann::json& triggers) {
  if (!triggers.is_array() || triggers.empty()) return;
  std::string list = "triggers:\n";
  for (const auto& trigger : triggers) {
    const std::string url = text(trigger, "url");
    list += "  " + text(trigger, "summary") + (url.empty() ? "" : "  " + url) + "\n";
  }
  print(printable(list));
}

void print_function(const nlohmann::json& function) {
  const nlohmann::json& artifact = member(function, "artifact");
  const nlohmann::json& stats = member(function, "stats");
  print(layout_pairs({
      {"name", text(function, "name")},
      {"url", text(function, "url")},
      {"version", text(function, "version")},
      {"versions", joined(member(function, "versions"))},
      {"commit", text(function, "commit")},
      {"deployed", text(function, "madeAt") + " by " + text(function, "author")},
      {"owner", text(function, "owner")},
      {"entry", text(function, "entry") + " (" + text(function, "kind") + ")"},
      {"artifact", "sha256:" + text(artifact, "sha256") + ", " + text(artifact, "size") + " bytes"},
      {"build id", text(artifact, "buildId")},
      {"calls", text(stats, "started") + " started, " + text(stats, "failed") + " failed, " +
                    text(stats, "coldStarts") + " cold starts, " + text(stats, "crashes") + " crashes"},
      {"instances", text(stats, "instances") + " alive, " + text(stats, "idle") + " idle, " + text(stats, "queued") +
                        " calls waiting"},
  }));
  print_chain(member(function, "chain"));
  print_triggers(member(function, "triggers"));
  Pairs config;
  append_config(config, member(function, "config"), "");
  if (!config.empty()) print("configuration:\n" + layout_pairs(config));
}

Status describe(const ApiClient& client, const std::string& name, Format format) {
  ApiRequest request;
  request.path = function_route(name);
  const Result<nlohmann::json> function = client.call(request);
  if (!function) return function.error();
  if (format == Format::kJson) {
    print_json(*function);
  } else {
    print_function(*function);
  }
  return {};
}

}  // namespace

void add_describe(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("describe", "Show one function: version, configuration, statistics");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "The function")->required();
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn describe hello"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("describe", *options,
                         [&](const ApiClient& client) { return describe(client, *name, *format); });
    };
  });
}

}  // namespace sojourn::cli
