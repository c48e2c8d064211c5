// sojourn runs: what events have begun, step by step.
#include <CLI/CLI.hpp>

#include "gateway/cli/journal_options.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

Status list_runs(const ApiClient& client, const Selection& selection, Format format) {
  const Result<std::string> query = query_of(selection);
  if (!query) return query.error();
  ApiRequest request;
  request.path = "/api/v1/runs" + *query;
  const Result<nlohmann::json> runs = client.call(request);
  if (!runs) return runs.error();
  if (format == Format::kJson) return print_json(*runs), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& run : items(*runs)) {
    rows.push_back({text(run, "id"), text(run, "pipeline"), text(run, "state"), text(run, "event"),
                    text(run, "beganAt"), text(run, "endedAt"), text(run, "key")});
  }
  print(layout_table({"ID", "PIPELINE", "STATE", "EVENT", "BEGAN", "ENDED", "KEY"}, rows));
  return {};
}

void print_steps(const nlohmann::json& run) {
  std::vector<Row> rows;
  for (const nlohmann::json& step : member(run, "steps")) {
    const nlohmann::json& failures = member(step, "failures");
    const bool failed = failures.is_array() && !failures.empty();
    rows.push_back({text(step, "step"), text(step, "state"), text(step, "attempts"), text(step, "dueAt"),
                    text(step, "endedAt"),
                    failed ? text(failures.back(), "kind") + ": " + text(failures.back(), "text") : ""});
  }
  print(layout_table({"STEP", "STATE", "ATTEMPTS", "DUE", "ENDED", "LAST ERROR"}, rows));
}

Status show_run(const ApiClient& client, const std::string& id, Format format) {
  ApiRequest request;
  request.path = "/api/v1/runs/" + encode(id);
  const Result<nlohmann::json> run = client.call(request);
  if (!run) return run.error();
  if (format == Format::kJson) return print_json(*run), Status();
  const nlohmann::json& result = member(*run, "result");
  print(layout_pairs({{"run", text(*run, "id")},
                      {"pipeline", text(*run, "pipeline")},
                      {"keeps to", text(*run, "definition")},
                      {"key", text(*run, "key")},
                      {"event", text(*run, "event")},
                      {"state", text(*run, "state")},
                      {"began", text(*run, "beganAt")},
                      {"ended", text(*run, "endedAt")},
                      {"result", result.is_object() ? text(result, "status") : ""}}));
  print_steps(*run);
  return {};
}

Status cancel_run(const ApiClient& client, const std::string& id) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/api/v1/runs/" + encode(id) + "/cancel";
  const Result<nlohmann::json> cancelled = client.call(request);
  if (!cancelled) return cancelled.error();
  print("cancelled " + id + "\n");
  return {};
}

Status retry_run(const ApiClient& client, const std::string& id) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/api/v1/runs/" + encode(id) + "/retry";
  const Result<nlohmann::json> retried = client.call(request);
  if (!retried) return retried.error();
  print("redrove " + text(*retried, "redriven") + " dead letters of " + id + "\n");
  return {};
}

void offer_list(CLI::App& command, Chosen& chosen) {
  const auto selection = add_selection(command, SelectBy::kRuns);
  add_limit(command, *selection);
  const auto options = add_connection_options(command);
  const auto format = add_format_option(command);
  command.footer(example("sojourn runs --pipeline new-user --state failed"));
  command.callback([=, &command, &chosen] {
    if (!command.get_subcommands().empty()) return;
    chosen.run = [=] {
      return with_server("runs", *options,
                         [&](const ApiClient& client) { return list_runs(client, *selection, *format); });
    };
  });
}

void add_show(CLI::App& runs, Chosen& chosen) {
  CLI::App* const command = runs.add_subcommand("show", "Show a run with its steps");
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "The run's id")->required();
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("runs show", *options,
                         [&](const ApiClient& client) { return show_run(client, *id, *format); });
    };
  });
}

using Act = Status (*)(const ApiClient&, const std::string& id);

void add_act(CLI::App& runs, Chosen& chosen, const std::string& name, const std::string& about, Act act) {
  CLI::App* const command = runs.add_subcommand(name, about);
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "The run's id")->required();
  const auto options = add_connection_options(*command);
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("runs " + name, *options, [&](const ApiClient& client) { return act(client, *id); });
    };
  });
}

}  // namespace

void add_runs(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("runs", "List, show, cancel and retry runs");
  command->require_subcommand(0, 1);
  offer_list(*command, chosen);
  add_show(*command, chosen);
  add_act(*command, chosen, "cancel", "End a run that has not ended; its call is stopped", cancel_run);
  add_act(*command, chosen, "retry", "Redrive the dead letters of a run", retry_run);
}

}  // namespace sojourn::cli
