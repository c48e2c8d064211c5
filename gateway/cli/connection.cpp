#include "gateway/cli/connection.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>

#include "gateway/supervisor/data_directory.h"

namespace sojourn::cli {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string or_environment(const std::string& given, const char* variable) {
  if (!given.empty()) return given;
  const char* const value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::shared_ptr<ConnectionOptions> add_connection_options(CLI::App& command) {
  auto options = std::make_shared<ConnectionOptions>();
  options->data = default_data_directory();
  command.add_option("--server", options->server, "URL of the server (or SOJOURN_SERVER)")->group("Server");
  command.add_option("--token", options->token, "Token to show there (or SOJOURN_TOKEN)")->group("Server");
  command.add_option("--data", options->data, "Data directory of a server on this machine, which tells both")
      ->capture_default_str()
      ->group("Server");
  return options;
}

Result<Connection> find_server(const ConnectionOptions& options) {
  Connection found{without_slash(or_environment(options.server, "SOJOURN_SERVER")),
                   or_environment(options.token, "SOJOURN_TOKEN")};
  const std::optional<ServerFacts> local = running_server(options.data);
  if (found.url.empty() && local) found.url = local->url;
  if (found.url.empty()) {
    return Error(ErrorCode::kInternal, "no server runs on " + options.data.string() +
                                           "; start one with `sojourn serve`, or name one with --server URL, --data "
                                           "DIR or SOJOURN_SERVER");
  }
  if (found.token.empty() && local && local->url == found.url) found.token = first_line(options.data / "admin.token");
  return found;
}

}  // namespace sojourn::cli
