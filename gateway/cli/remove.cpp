// sojourn remove: takes functions away. Calls that run are finished; the commits that made them stay.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

Status remove(const ApiClient& client, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    ApiRequest request;
    request.method = "DELETE";
    request.path = function_route(name);
    const Result<nlohmann::json> removed = client.call(request);
    if (!removed) return removed.error();
    print("removed " + name + ", commit " + text(*removed, "commit") + "\n");
  }
  return {};
}

}  // namespace

void add_remove(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("remove", "Remove functions")->alias("rm");
  const auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("NAME", *names, "The functions")->required();
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn remove hello"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("remove", *options, [&](const ApiClient& client) { return remove(client, *names); });
    };
  });
}

}  // namespace sojourn::cli
