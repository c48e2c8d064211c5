// sojourn validate: checks a manifest with its objects, or a shared object, without a server.
#include <CLI/CLI.hpp>

#include "gateway/cli/command.h"
#include "gateway/cli/file.h"
#include "gateway/cli/manifest_file.h"
#include "gateway/cli/output.h"

namespace sojourn::cli {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";

Status validate_object(const std::string& path, std::string_view bytes) {
  const Result<ObjectFacts> facts = inspect_object(bytes, HostLibraries());
  if (!facts) return facts.error().at(path);
  print(path + ": " + printable(found_summary(*facts)) + "\n");
  return {};
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string contents_of(const Manifest& manifest) {
  const std::string functions = counted(manifest.functions.size(), "function");
  return manifest.pipelines.empty() ? functions : functions + " and " + counted(manifest.pipelines.size(), "pipeline");
}

std::string condition_of(const Elsewhere& elsewhere) {
  std::string list;
  for (const std::string& name : elsewhere.names)
    list += (list.empty() ? " to a server that has `" : ", `") + name + "`";
  return list;
}

Status validate_manifest(const std::string& path) {
  const Result<ManifestFile> file = read_manifest_file(path);
  if (!file) return file.error();
  if (const Status good = check_objects(*file); !good) return good.error();
  if (const Status good = check_schedules(*file); !good) return good.error();
  const Result<Elsewhere> elsewhere = functions_elsewhere(*file);
  if (!elsewhere) return elsewhere.error();
  if (!elsewhere->notes.empty()) print(printable(elsewhere->notes) + "\n");
  print(printable(path + ": " + contents_of(file->manifest) + ", fit to deploy" + condition_of(*elsewhere)) + "\n");
  return {};
}

int validate(const std::string& path) {
  const Result<std::string> content = read_file(path);
  if (!content) return fail("validate", content.error());
  const bool is_object = content->starts_with(kElfMagic) || path.ends_with(".so");
  const Status good = is_object ? validate_object(path, *content) : validate_manifest(path);
  return good ? kDone : fail("validate", good.error());
}

}  // namespace

void add_validate(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("validate", "Check a manifest or a shared object, without a server");
  const auto path = std::make_shared<std::string>("sojourn.yaml");
  command->add_option("FILE", *path, "The manifest, or the shared object")->capture_default_str();
  command->footer(example("sojourn validate sojourn.yaml"));
  command->callback([=, &chosen] { chosen.run = [=] { return validate(*path); }; });
}

}  // namespace sojourn::cli
