// sojourn history: the commits that changed a function, or all of them.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

constexpr std::size_t kShortCommit = 10;  // digits shown of a commit's id

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

Status history(const ApiClient& client, const std::string& name, Format format) {
  const Result<nlohmann::json> commits =
      client.list(name.empty() ? "/api/v1/history" : function_route(name, "/history"));
  if (!commits) return commits.error();
  if (format == Format::kJson) return print_json(*commits), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& commit : items(*commits)) {
    rows.push_back({text(commit, "commit").substr(0, kShortCommit), text(commit, "madeAt"), text(commit, "author"),
                    first_line(text(commit, "message"))});
  }
  print(layout_table({"COMMIT", "TIME", "AUTHOR", "MESSAGE"}, rows));
  return {};
}

}  // namespace

void add_history(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("history", "List the commits that changed a function, newest first");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "The function; without it, every commit");
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn history hello"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("history", *options, [&](const ApiClient& client) { return history(client, *name, *format); });
    };
  });
}

}  // namespace sojourn::cli
