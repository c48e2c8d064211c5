// sojourn apply: makes the server's functions and pipelines what a manifest says, as one change. The objects that the
// server does not have yet are uploaded first; then it tells what would change, and then it changes it.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/manifest_file.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

struct ApplyOptions {
  std::string file = "sojourn.yaml";
  bool dry_run = false;
  bool prune = false;
};

Status upload_missing(const ApiClient& client, const LocalObject& object) {
  ApiRequest request;
  request.method = "HEAD";
  request.path = "/api/v1/artifacts/sha256:" + object.digest.hex();
  const Result<ApiReply> there = client.send(request);
  if (!there) return there.error();
  if (there->status == 200) return {};

  ProgressBar bar("uploading " + object.path);
  request.method = "PUT";
  request.body = object.bytes;
  request.on_sent = [&bar](std::uint64_t sent, std::uint64_t total) { bar.show(sent, total); };
  const Result<nlohmann::json> stored = client.call(request);
  if (!stored) return stored.error().at(object.path);
  return {};
}

std::string body_of(const ManifestFile& file) {
  nlohmann::json artifacts = nlohmann::json::object();
  for (const LocalObject& object : file.objects) artifacts[object.path] = "sha256:" + object.digest.hex();
  const nlohmann::json body{{"manifest", file.manifest.text}, {"file", file.path}, {"artifacts", std::move(artifacts)}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<nlohmann::json> put_manifest(const ApiClient& client, const ManifestFile& file, std::string_view query) {
  const std::string body = body_of(file);
  ApiRequest request;
  request.method = "PUT";
  const std::string& name = file.manifest.name;
  request.path = "/api/v1/manifests" + (name.empty() ? "" : "/" + encode(name)) + std::string(query);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  return client.call(request);
}

void print_changes(const nlohmann::json& reply) {
  const nlohmann::json& changes = member(reply, "changes");
  if (!changes.is_array() || changes.empty() || is_true(reply, "unchanged")) return print("nothing to change\n");
  for (const nlohmann::json& change : changes) print(printable(text(change)) + "\n");
}

void print_applied(const nlohmann::json& reply) {
  if (const std::string commit = text(reply, "commit"); !commit.empty()) print("commit " + commit + "\n");
  for (const nlohmann::json& function : member(reply, "functions")) {
    print(printable(text(function, "name") + "@" + text(function, "version") + "  " + text(function, "url")) + "\n");
  }
  for (const nlohmann::json& pipeline : member(reply, "pipelines")) {
    print(printable("pipeline " + text(pipeline, "name") + "@" + text(pipeline, "version")) + "\n");
  }
}

Status apply(const ApiClient& client, const ApplyOptions& options, Format format) {
  const Result<ManifestFile> file = read_manifest_file(options.file);
  if (!file) return file.error();
  for (const LocalObject& object : file->objects) {
    if (const Status uploaded = upload_missing(client, object); !uploaded) return uploaded.error();
  }
  const std::string prune = options.prune ? "prune=true" : "";
  Result<nlohmann::json> reply = put_manifest(client, *file, "?dryRun=true" + (options.prune ? "&" + prune : ""));
  if (!reply) return reply.error();
  if (format == Format::kText) print_changes(*reply);
  if (!options.dry_run && !is_true(*reply, "unchanged")) {
    reply = put_manifest(client, *file, options.prune ? "?" + prune : "");
    if (!reply) return reply.error();
  }
  if (format == Format::kJson) return print_json(*reply), Status();
  if (options.dry_run) {
    print("dry run: nothing was changed\n");
  } else {
    print_applied(*reply);
  }
  return {};
}

}  // namespace

void add_apply(CLI::App& app, Chosen& chosen) {
  CLI::App* const command =
      app.add_subcommand("apply", "Make functions and pipelines what a manifest says, as one change");
  const auto applied = std::make_shared<ApplyOptions>();
  command->add_option("-f,--file", applied->file, "The manifest")->capture_default_str();
  command->add_flag("--dry-run", applied->dry_run, "Only show what would change");
  command->add_flag("--prune", applied->prune, "Remove what this manifest applied earlier and no longer names");
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn apply -f sojourn.yaml --dry-run"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("apply", *options, [&](const ApiClient& client) { return apply(client, *applied, *format); });
    };
  });
}

}  // namespace sojourn::cli
