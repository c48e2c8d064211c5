// Which server a command talks to, and with which token.
//
//   server   --server, else SOJOURN_SERVER, else server.json in the data directory
//   token    --token, else SOJOURN_TOKEN, else admin.token in the data directory, which is only ever sent to the
//            server of that data directory
//
// Thread: one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace sojourn::cli {

// As given on the command line.
struct ConnectionOptions {
  std::string server;
  std::string token;
  std::filesystem::path data;
};

// As found: where to send requests, and what to show there.
struct Connection {
  std::string url;    // without a slash at the end
  std::string token;  // or empty
};

// Gives `command` the options --server, --token and --data.
std::shared_ptr<ConnectionOptions> add_connection_options(CLI::App& command);

// Looks in the order above. Fails when no server is named and none runs on the data directory.
Result<Connection> find_server(const ConnectionOptions& options);

}  // namespace sojourn::cli
