#include "gateway/cli/server_command.h"

namespace sojourn::cli {

int with_server(std::string_view command, const ConnectionOptions& options,
                const std::function<Status(const ApiClient&)>& work) {
  const Result<Connection> connection = find_server(options);
  if (!connection) return fail(command, connection.error());
  const Status done = work(ApiClient(*connection));
  return done ? kDone : fail(command, done.error());
}

std::string function_route(std::string_view name, std::string_view rest) {
  return "/api/v1/functions/" + encode(name) + std::string(rest);
}

}  // namespace sojourn::cli
