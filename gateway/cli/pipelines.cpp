// sojourn pipelines: which there are, and one with its triggers and steps.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

// "webhook /accounts, event": what begins its runs.
std::string triggers_of(const nlohmann::json& pipeline) {
  std::string list;
  for (const nlohmann::json& trigger : member(pipeline, "triggers")) {
    list.append(list.empty() ? "" : ", ").append(text(trigger, "summary"));
  }
  return list;
}

std::string steps_of(const nlohmann::json& pipeline) {
  std::string list;
  for (const nlohmann::json& step : member(pipeline, "steps")) {
    list.append(list.empty() ? "" : " → ").append(text(step, "id"));
  }
  return list;
}

Status list_pipelines(const ApiClient& client, Format format) {
  const Result<nlohmann::json> pipelines = client.list("/api/v1/pipelines");
  if (!pipelines) return pipelines.error();
  if (format == Format::kJson) return print_json(*pipelines), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& pipeline : items(*pipelines)) {
    rows.push_back({text(pipeline, "name"), text(pipeline, "version"), triggers_of(pipeline), steps_of(pipeline),
                    text(pipeline, "madeAt"), text(pipeline, "owner")});
  }
  print(layout_table({"NAME", "VERSION", "TRIGGERS", "STEPS", "DEPLOYED", "OWNER"}, rows));
  return {};
}

void print_triggers(const nlohmann::json& pipeline) {
  std::vector<Row> rows;
  for (const nlohmann::json& trigger : member(pipeline, "triggers")) {
    rows.push_back({text(trigger, "summary"), text(trigger, "url"), text(member(trigger, "trigger"), "match")});
  }
  print("\n" + layout_table({"TRIGGER", "URL", "MATCH"}, rows));
}

void print_steps(const nlohmann::json& pipeline) {
  std::vector<Row> rows;
  for (const nlohmann::json& step : member(member(pipeline, "definition"), "steps")) {
    std::string act;
    for (const char* kind : {"call", "emit", "enqueue", "post"}) {
      if (step.is_object() && step.contains(kind)) act = std::string(kind) + " " + text(step, kind);
    }
    rows.push_back({text(step, "id"), act, text(step, "timeout"), text(member(step, "retry"), "attempts"),
                    text(step, "concurrency")});
  }
  print("\n" + layout_table({"STEP", "ACT", "TIMEOUT", "ATTEMPTS", "CONCURRENCY"}, rows));
}

Status show_pipeline(const ApiClient& client, const std::string& name, Format format) {
  ApiRequest request;
  request.path = "/api/v1/pipelines/" + encode(name);
  const Result<nlohmann::json> pipeline = client.call(request);
  if (!pipeline) return pipeline.error();
  if (format == Format::kJson) return print_json(*pipeline), Status();
  const nlohmann::json& definition = member(*pipeline, "definition");
  print(layout_pairs({
      {"name", text(*pipeline, "name")},
      {"version", text(*pipeline, "version")},
      {"versions", joined(member(*pipeline, "versions"))},
      {"commit", text(*pipeline, "commit")},
      {"deployed", text(*pipeline, "madeAt") + " by " + text(*pipeline, "author")},
      {"owner", text(*pipeline, "owner")},
      {"match", text(definition, "match")},
      {"key", joined(member(definition, "key"))},
      {"on dead letter", text(definition, "onDeadLetter")},
      {"dedupe", text(member(definition, "dedupe"), "window")},
  }));
  print_triggers(*pipeline);
  print_steps(*pipeline);
  return {};
}

void add_show(CLI::App& pipelines, Chosen& chosen) {
  CLI::App* const command = pipelines.add_subcommand("show", "Show a pipeline: what begins its runs and what they do");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "The pipeline")->required();
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn pipelines show new-user"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("pipelines show", *options,
                         [&](const ApiClient& client) { return show_pipeline(client, *name, *format); });
    };
  });
}

}  // namespace

void add_pipelines(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("pipelines", "List and show pipelines")->alias("pipeline");
  add_listing(*command, chosen, [](CLI::App& listing) -> ListWork {
    listing.footer(example("sojourn pipelines show new-user"));
    return list_pipelines;
  });
  add_show(*command, chosen);
}

}  // namespace sojourn::cli
