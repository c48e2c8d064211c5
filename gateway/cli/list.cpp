// sojourn list: the functions, with what they are doing.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"

namespace sojourn::cli {
namespace {

Row row_of(const nlohmann::json& function) {
  const nlohmann::json& stats = member(function, "stats");
  return {text(function, "name"), text(function, "version"), text(stats, "instances"), text(stats, "started"),
          text(stats, "failed"),  text(function, "madeAt"),  text(function, "owner"),  text(function, "url")};
}

Status list(const ApiClient& client, Format format) {
  const Result<nlohmann::json> functions = client.list("/api/v1/functions");
  if (!functions) return functions.error();
  if (format == Format::kJson) return print_json(*functions), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& function : items(*functions)) rows.push_back(row_of(function));
  print(layout_table({"NAME", "VERSION", "INSTANCES", "CALLS", "FAILED", "DEPLOYED", "OWNER", "URL"}, rows));
  return {};
}

}  // namespace

void add_list(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("list", "List the functions")->alias("ls")->alias("functions");
  command->alias("function");
  add_listing(*command, chosen, [](CLI::App& listing) -> ListWork {
    listing.footer(example("sojourn list -o json"));
    return list;
  });
  command->get_subcommand("list")->group("");  // for `functions list`; `list list` is not worth showing
}

}  // namespace sojourn::cli
