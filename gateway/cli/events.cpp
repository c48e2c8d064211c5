// sojourn events: what was accepted, and having it begin runs once more.
#include <CLI/CLI.hpp>

#include "gateway/cli/argument_checks.h"
#include "gateway/cli/journal_options.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

struct ReplayOptions {
  std::string event;     // its number; empty: those that are selected
  std::string pipeline;  // begin only runs of this one
  bool dry_run = false;
};

Error nothing_selected() {
  return Error(ErrorCode::kBadRequest, "name one event by its number, or say from when on, as with --since 2h");
}

Row row_of(const nlohmann::json& item) {
  const nlohmann::json& event = member(item, "event");
  return {text(item, "number"),  text(item, "acceptedAt"), text(event, "type"),
          text(event, "source"), text(event, "id"),        text(event, "subject")};
}

Status show_event(const ApiClient& client, const std::string& number, Format format) {
  ApiRequest request;
  request.path = "/api/v1/events/" + encode(number);
  const Result<nlohmann::json> event = client.call(request);
  if (!event) return event.error();
  if (format == Format::kJson) return print_json(*event), Status();
  print(layout_pairs({{"number", text(*event, "number")}, {"accepted", text(*event, "acceptedAt")}}));
  print(printable(member(*event, "event").dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n");
  std::vector<Row> rows;
  for (const nlohmann::json& run : member(*event, "runs")) {
    rows.push_back({text(run, "id"), text(run, "pipeline"), text(run, "state")});
  }
  print(layout_table({"RUN", "PIPELINE", "STATE"}, rows));
  return {};
}

Status replay(const ApiClient& client, const ReplayOptions& options, const Selection& selection, Format format) {
  Result<nlohmann::json> body = body_of(selection);
  if (!body) return body.error();
  if (!options.pipeline.empty()) (*body)["pipeline"] = options.pipeline;
  (*body)["dryRun"] = options.dry_run;
  const std::string path =
      options.event.empty() ? "/api/v1/events/replay" : "/api/v1/events/" + encode(options.event) + "/replay";
  std::int64_t events = 0;
  nlohmann::json runs = nlohmann::json::array();
  Status replayed = post_pages(client, path, *body, [&](const nlohmann::json& reply) {
    events += number(reply, "events");
    for (const nlohmann::json& run : member(reply, "runs")) runs.push_back(run);
  });
  if (!replayed) return replayed;
  if (format == Format::kJson) return print_json({{"events", events}, {"runs", runs}}), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& run : runs) rows.push_back({text(run, "event"), text(run, "pipeline"), text(run, "run")});
  print(layout_table({"EVENT", "PIPELINE", "RUN"}, rows));
  print(std::string(options.dry_run ? "would begin " : "began ") + std::to_string(runs.size()) + " runs of " +
        std::to_string(events) + " events\n");
  return {};
}

ListWork offer_list(CLI::App& command) {
  command.footer(example("sojourn events --type com.github.* --since 2h"));
  return add_selected_rows(command, SelectBy::kEvents, "/api/v1/events",
                           {"NUMBER", "ACCEPTED", "TYPE", "SOURCE", "ID", "SUBJECT"}, row_of);
}

void add_show(CLI::App& events, Chosen& chosen) {
  CLI::App* const command = events.add_subcommand("show", "Show an event with its data, and the runs that it began");
  const auto number = std::make_shared<std::string>();
  command->add_option("NUMBER", *number, "The event's number")->required()->check(row_number());
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn events show 17"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("events show", *options,
                         [&](const ApiClient& client) { return show_event(client, *number, *format); });
    };
  });
}

void add_replay(CLI::App& events, Chosen& chosen) {
  CLI::App* const command =
      events.add_subcommand("replay", "Have events begin runs once more, by what is deployed now");
  const auto replay_options = std::make_shared<ReplayOptions>();
  command->add_option("NUMBER", replay_options->event, "One event; without it those that the options select")
      ->check(row_number());
  const auto selection = add_selection(*command, SelectBy::kEvents);
  command->add_option("--pipeline", replay_options->pipeline, "Begin only runs of this pipeline, or function");
  command->add_flag("--dry-run", replay_options->dry_run, "Say which runs would begin, and begin none");
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn events replay --since 2h --pipeline new-user --dry-run"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      if (replay_options->event.empty() && selection->since.empty()) return fail("events replay", nothing_selected());
      return with_server("events replay", *options,
                         [&](const ApiClient& client) { return replay(client, *replay_options, *selection, *format); });
    };
  });
}

}  // namespace

void add_events(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("events", "List, show and replay events")->alias("event");
  add_listing(*command, chosen, offer_list);
  add_show(*command, chosen);
  add_replay(*command, chosen);
}

}  // namespace sojourn::cli
