// sojourn runs: what events have begun, step by step.
#include <CLI/CLI.hpp>
#include <functional>

#include "gateway/cli/journal_options.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

Row row_of(const nlohmann::json& run) {
  return {text(run, "id"),      text(run, "pipeline"), text(run, "state"), text(run, "event"),
          text(run, "beganAt"), text(run, "endedAt"),  text(run, "key")};
}

// The element that stands last in an array, or null.
const nlohmann::json& last(const nlohmann::json& object, std::string_view name) {
  static const nlohmann::json kNone;
  const nlohmann::json& array = member(object, name);
  return array.is_array() && !array.empty() ? array.back() : kNone;
}

void print_steps(const nlohmann::json& run) {
  std::vector<Row> rows;
  for (const nlohmann::json& step : member(run, "steps")) {
    const nlohmann::json& failure = last(step, "failures");
    rows.push_back({text(step, "step"), text(step, "state"), text(step, "attempts"), text(step, "dueAt"),
                    text(step, "endedAt"), text(step, "function"), text(last(step, "callIds")),
                    failure.is_object() ? text(failure, "kind") + ": " + text(failure, "text") : ""});
  }
  print(layout_table({"STEP", "STATE", "ATTEMPTS", "DUE", "ENDED", "FUNCTION", "LAST CALL", "LAST ERROR"}, rows));
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

// What is done to the run that is named; `verb` is the route's, and `query` what follows it.
Result<nlohmann::json> act_on(const ApiClient& client, const std::string& id, const std::string& verb,
                              const std::string& query = "") {
  ApiRequest request;
  request.method = "POST";
  request.path = "/api/v1/runs/" + encode(id) + "/" + verb + query;
  return client.call(request);
}

Status cancel_run(const ApiClient& client, const std::string& id) {
  const auto cancelled = act_on(client, id, "cancel");
  if (!cancelled) return cancelled.error();
  print("cancelled " + id + "\n");
  return {};
}

Status retry_run(const ApiClient& client, const std::string& id, Versions versions) {
  const auto retried = act_on(client, id, "retry", versions_query(versions));
  if (!retried) return retried.error();
  print("redrove " + text(*retried, "redriven") + " dead letters of " + id + "\n");
  return {};
}

ListWork offer_list(CLI::App& command) {
  command.footer(example("sojourn runs --pipeline new-user --state failed"));
  return add_selected_rows(command, SelectBy::kRuns, "/api/v1/runs",
                           {"ID", "PIPELINE", "STATE", "EVENT", "BEGAN", "ENDED", "KEY"}, row_of);
}

// A command about one run: `make` gives what it does, and may add options of its own.
using Act = std::function<Status(const ApiClient&, const std::string& id)>;

void add_act(CLI::App& runs, Chosen& chosen, const std::string& name, const std::string& about,
             const std::function<Act(CLI::App& command)>& make) {
  CLI::App* const command = runs.add_subcommand(name, about);
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "The run's id")->required();
  const auto options = add_connection_options(*command);
  const Act act = make(*command);
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("runs " + name, *options, [&](const ApiClient& client) { return act(client, *id); });
    };
  });
}

Act make_show(CLI::App& command) {
  const auto format = add_format_option(command);
  return [format](const ApiClient& client, const std::string& id) { return show_run(client, id, *format); };
}

Act make_cancel(CLI::App&) {
  return cancel_run;
}

Act make_retry(CLI::App& command) {
  const auto versions = add_keep_versions(command);
  return [versions](const ApiClient& client, const std::string& id) { return retry_run(client, id, *versions); };
}

}  // namespace

void add_runs(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("runs", "List, show, cancel and retry runs");
  add_listing(*command, chosen, offer_list);
  add_act(*command, chosen, "show",
          "Show a run with its steps, and the calls that they made: `logs FUNCTION --call ID`", make_show);
  add_act(*command, chosen, "cancel", "End a run that has not ended; its call is stopped", make_cancel);
  add_act(*command, chosen, "retry", "Redrive the dead letters of a run", make_retry);
}

}  // namespace sojourn::cli
