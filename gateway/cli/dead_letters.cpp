// sojourn dead-letters: steps that were tried for the last time.
#include <CLI/CLI.hpp>

#include "gateway/cli/argument_checks.h"
#include "gateway/cli/journal_options.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

std::string letter_route(const std::string& number) {
  return "/api/v1/dead-letters/" + encode(number);
}

Row row_of(const nlohmann::json& letter) {
  const nlohmann::json& error = member(letter, "error");
  return {text(letter, "number"),
          text(letter, "at"),
          text(letter, "pipeline"),
          text(letter, "step"),
          text(member(letter, "event"), "type"),
          text(letter, "attempts"),
          text(error, "kind"),
          text(error, "text")};
}

Status show_letter(const ApiClient& client, const std::string& number, Format format) {
  ApiRequest request;
  request.path = letter_route(number);
  const Result<nlohmann::json> letter = client.call(request);
  if (!letter) return letter.error();
  if (format == Format::kJson) return print_json(*letter), Status();
  print(layout_pairs({{"number", text(*letter, "number")},
                      {"at", text(*letter, "at")},
                      {"pipeline", text(*letter, "pipeline")},
                      {"step", text(*letter, "step")},
                      {"run", text(*letter, "run")},
                      {"attempts", text(*letter, "attempts")}}));
  std::vector<Row> rows;
  for (const nlohmann::json& failure : member(*letter, "failures")) {
    rows.push_back({text(failure, "attempt"), text(failure, "at"), text(failure, "kind"), text(failure, "text")});
  }
  print(layout_table({"ATTEMPT", "AT", "KIND", "ERROR"}, rows));
  print("what the step saw:\n" +
        printable(member(*letter, "input").dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n");
  return {};
}

struct Redrive {
  std::vector<std::string> numbers;
  std::shared_ptr<Versions> versions;

  std::string query() const { return versions_query(*versions); }
};

Status redrive_named(const ApiClient& client, const Redrive& redrive) {
  for (const std::string& number : redrive.numbers) {
    ApiRequest request;
    request.method = "POST";
    request.path = letter_route(number) + "/redrive" + redrive.query();
    const Result<nlohmann::json> redriven = client.call(request);
    if (!redriven) return redriven.error();
    print("redrove " + number + "\n");
  }
  return {};
}

Status redrive_selected(const ApiClient& client, const Redrive& redrive, const Selection& selection) {
  Result<nlohmann::json> body = body_of(selection);
  if (!body) return body.error();
  if (body->empty()) {
    return Error(ErrorCode::kBadRequest, "name the letters, or select them with --pipeline, --since or --until");
  }
  std::int64_t count = 0;
  Status redriven = post_pages(client, "/api/v1/dead-letters/redrive" + redrive.query(), *body,
                               [&](const nlohmann::json& reply) { count += number(reply, "redriven"); });
  if (!redriven) return redriven;
  print("redrove " + std::to_string(count) + " dead letters\n");
  return {};
}

Status drop_letters(const ApiClient& client, const std::vector<std::string>& numbers) {
  for (const std::string& number : numbers) {
    ApiRequest request;
    request.method = "DELETE";
    request.path = letter_route(number);
    const Result<nlohmann::json> dropped = client.call(request);
    if (!dropped) return dropped.error();
    print("dropped " + number + "\n");
  }
  return {};
}

ListWork offer_list(CLI::App& command) {
  command.footer(example("sojourn dead-letters --pipeline new-user"));
  return add_selected_rows(command, SelectBy::kLetters, "/api/v1/dead-letters",
                           {"NUMBER", "AT", "PIPELINE", "STEP", "EVENT", "ATTEMPTS", "KIND", "ERROR"}, row_of);
}

void add_show(CLI::App& letters, Chosen& chosen) {
  CLI::App* const command =
      letters.add_subcommand("show", "Show a dead letter: its event, what the step saw, and every error");
  const auto number = std::make_shared<std::string>();
  command->add_option("NUMBER", *number, "The letter's number")->required()->check(row_number());
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("dead-letters show", *options,
                         [&](const ApiClient& client) { return show_letter(client, *number, *format); });
    };
  });
}

void add_redrive(CLI::App& letters, Chosen& chosen) {
  CLI::App* const command = letters.add_subcommand("redrive", "Have dead letters tried again, from the first attempt");
  const auto redrive = std::make_shared<Redrive>();
  command->add_option("NUMBER", redrive->numbers, "The letters; without them those that the options select")
      ->check(row_number());
  redrive->versions = add_keep_versions(*command);
  const auto selection = add_selection(*command, SelectBy::kLetters);
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn dead-letters redrive --pipeline new-user --since 2h"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("dead-letters redrive", *options, [&](const ApiClient& client) {
        return redrive->numbers.empty() ? redrive_selected(client, *redrive, *selection)
                                        : redrive_named(client, *redrive);
      });
    };
  });
}

void add_drop(CLI::App& letters, Chosen& chosen) {
  CLI::App* const command = letters.add_subcommand("drop", "Give dead letters up for good");
  const auto numbers = std::make_shared<std::vector<std::string>>();
  command->add_option("NUMBER", *numbers, "The letters")->required()->check(row_number());
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn dead-letters drop 3 4"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("dead-letters drop", *options,
                         [&](const ApiClient& client) { return drop_letters(client, *numbers); });
    };
  });
}

}  // namespace

void add_dead_letters(CLI::App& app, Chosen& chosen) {
  CLI::App* const command =
      app.add_subcommand("dead-letters", "List, show, redrive and drop dead letters")->alias("dead-letter");
  add_listing(*command, chosen, offer_list);
  add_show(*command, chosen);
  add_redrive(*command, chosen);
  add_drop(*command, chosen);
}

}  // namespace sojourn::cli
