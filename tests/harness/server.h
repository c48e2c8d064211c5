// A Server is a real `sojourn serve` on a free port of the loopback, with a data directory of its own, and stock curl
// to talk to it.
//
// Thread: one at a time. Dropping it kills whatever is left of its processes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "tests/harness/process.h"

namespace sojourn::test {

// What curl brought back.
struct Reply {
  int exit_code = -1;                          // of curl; 0: there was a reply
  int status = 0;                              // HTTP
  std::map<std::string, std::string> headers;  // names in lower case; the last of a repeated one
  std::string body;

  std::string error_code() const;  // X-Sojourn-Error, or empty
};

// Stock curl with `-sS -i` and these arguments.
Reply curl(std::vector<std::string> arguments, std::string input = {});

struct ServerOptions {
  std::vector<std::string> arguments = {"--dev"};  // after `serve --listen 127.0.0.1:0 --data DIR`
  std::optional<std::filesystem::path> data{};     // kept when given, else temporary
  std::optional<uid_t> uid{};                      // serve as this user
  std::optional<std::filesystem::path> program{};  // instead of the product; its file name is kept
  std::vector<std::string> launcher{};             // a command and its arguments that starts the program
};

// The usual server, on a directory that stays.
inline ServerOptions kept_in(std::filesystem::path data) {
  ServerOptions options;
  options.data = std::move(data);
  return options;
}

class Server {
 public:
  explicit Server(ServerOptions options = {});
  ~Server();

  const std::string& url() const { return url_; }  // http://127.0.0.1:PORT
  std::string url(const std::string& path) const { return url_ + path; }
  int port() const;
  std::string token() const;  // the admin token
  const std::filesystem::path& data() const { return data_; }
  std::string log() const { return process_->errors(); }
  Process& process() { return *process_; }

  // curl on a path of this server; with the admin token when asked.
  Reply get(const std::string& path, std::vector<std::string> more = {});
  Reply api(const std::string& method, const std::string& path, std::vector<std::string> more = {});
  // `curl -T`: uploads a .so as NAME with options as in "?memory=64MiB".
  Reply deploy(const std::string& name, const std::filesystem::path& object, const std::string& query = {});
  // The sojourn command against this server.
  Finished cli(std::vector<std::string> arguments, std::string input = {});

  // Processes of this server: the supervisor's child whose command line has `word` in it (gateway, warden, template).
  std::vector<pid_t> processes(const std::string& word) const;
  std::vector<pid_t> descendants() const;  // every process below the supervisor, not itself

  // SIGTERM, and what the process ended with.
  Finished stop(std::chrono::milliseconds patience = std::chrono::seconds(40));

 private:
  std::unique_ptr<TemporaryDirectory> temporary_;
  std::filesystem::path data_;
  std::unique_ptr<Process> process_;
  std::string url_;
};

// Paths of what the build made.
std::filesystem::path sojourn_program();
std::filesystem::path example(const std::string& name);          // an example's .so
std::filesystem::path test_function(const std::string& name);    // of tests/functions
std::filesystem::path hostile_act(const std::string& name);      // of tests/hostile/acts
std::filesystem::path hostile_program(const std::string& name);  // of tests/hostile

}  // namespace sojourn::test
