// sojourn deploy: uploads a shared object and makes it answer under a URL.
#include <CLI/CLI.hpp>

#include "gateway/cli/config_options.h"
#include "gateway/cli/file.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"
#include "loader/elf_gate.h"
#include "loader/names.h"

namespace sojourn::cli {
namespace {

struct DeployOptions {
  std::string file;
  std::string name;
  bool live = false;
  std::shared_ptr<ConfigOptions> config;
};

std::string entry_of(const ConfigOptions& config) {
  for (const auto& [key, value] : config) {
    if (key == "entry") return value;
  }
  return {};
}

// The note's name when nobody gave one. It is read on this side only for that: the server looks for itself.
Result<std::string> name_of(const DeployOptions& options, std::string_view object) {
  if (!options.name.empty()) return options.name;
  const Result<ObjectFacts> facts = inspect_object(object, HostLibraries());
  if (!facts) return facts.error().at(options.file);
  const Result<EntryNote> entry = select_entry(*facts, entry_of(*options.config));
  if (!entry) return entry.error().at(options.file);
  return entry->name;
}

std::string route(const DeployOptions& options, const std::string& name) {
  std::string query;
  const auto add = [&](std::string_view key, std::string_view value) {
    query += (query.empty() ? "?" : "&") + encode(key) + "=" + encode(value);
  };
  for (const auto& [key, value] : *options.config) add(key, value);
  if (options.live) add("live", "true");
  return function_route(name, query);
}

void print_deployed(const nlohmann::json& reply) {
  const std::string label = text(reply, "name") + "@" + text(reply, "version");
  const nlohmann::json& found = member(reply, "found");
  print(layout_pairs({
      {"version", label + (is_true(reply, "unchanged") ? " (unchanged)" : "")},
      {"commit", text(reply, "commit")},
      {"url", text(reply, "url")},
      {"found", text(found, "kind") + " " + text(found, "entry") + ", ABI " + text(found, "abi") + ", needs " +
                    joined(member(found, "needed"))},
  }));
}

Status deploy(const ApiClient& client, const DeployOptions& options, Format format) {
  const Result<std::string> object = read_file(options.file);
  if (!object) return object.error();
  const Result<std::string> name = name_of(options, *object);
  if (!name) return name.error();
  if (const Status good = check_name("function", *name); !good) return good.error();

  ProgressBar bar("uploading " + options.file);
  ApiRequest request;
  request.method = "PUT";
  request.path = route(options, *name);
  request.body = *object;
  request.on_sent = [&bar](std::uint64_t sent, std::uint64_t total) { bar.show(sent, total); };
  const Result<nlohmann::json> reply = client.call(request);
  bar.clear();
  if (!reply) return reply.error().at(*name);
  if (format == Format::kJson) {
    print_json(*reply);
  } else {
    print_deployed(*reply);
  }
  return {};
}

}  // namespace

void add_deploy(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("deploy", "Upload a shared object; keeps the live configuration");
  const auto deployed = std::make_shared<DeployOptions>();
  command->add_option("FILE", deployed->file, "The shared object")->required();
  command->add_option("--name", deployed->name, "Name of the function; default: what the object calls itself");
  command->add_flag("--live", deployed->live, "Make the new version live also where live is held");
  deployed->config = add_config_options(*command);
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn deploy build/hello.so --memory 64MiB --env GREETING=hello"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("deploy", *options,
                         [&](const ApiClient& client) { return deploy(client, *deployed, *format); });
    };
  });
}

}  // namespace sojourn::cli
