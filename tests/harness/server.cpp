#include "tests/harness/server.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include "tests/harness/family.h"

namespace sojourn::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The last head in curl's -i output (a 100 Continue may stand before it), and what follows.
void parse_reply(const std::string& output, Reply& reply) {
  std::size_t at = 0;
  while (output.compare(at, 5, "HTTP/") == 0) {
    const std::size_t end = output.find("\r\n\r\n", at);
    if (end == std::string::npos) break;
    std::istringstream lines(output.substr(at, end - at + 2));
    std::string line;
    std::getline(lines, line);
    reply.status = std::stoi(line.substr(line.find(' ') + 1));
    reply.headers.clear();
    while (std::getline(lines, line)) {
      const std::size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      std::string value = line.substr(colon + 1);
      while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
      while (!value.empty() && value.front() == ' ') value.erase(0, 1);
      reply.headers[lower(line.substr(0, colon))] = value;
    }
    at = end + 4;
    if (reply.status >= 200) break;
  }
  reply.body = output.substr(std::min(at, output.size()));
}

std::map<pid_t, pid_t> parents() {
  std::map<pid_t, pid_t> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
    all[std::stoi(name)] = parent_of(std::stoi(name));
  }
  return all;
}

std::filesystem::path build_directory() {
  return SOJOURN_BUILD_DIRECTORY;
}

}  // namespace

std::string Reply::error_code() const {
  const auto found = headers.find("x-sojourn-error");
  return found == headers.end() ? "" : found->second;
}

Reply curl(std::vector<std::string> arguments, std::string input) {
  std::vector<std::string> command = {"curl", "-sS", "-i", "--max-time", "60"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.input = std::move(input);
  const Finished finished = run(std::move(command), std::move(options), std::chrono::seconds(70));
  Reply reply;
  reply.exit_code = finished.status;
  parse_reply(finished.output, reply);
  return reply;
}

Server::Server(ServerOptions options) {
  if (options.data) {
    data_ = *options.data;
  } else {
    temporary_ = std::make_unique<TemporaryDirectory>();
    if (options.uid && ::chown(temporary_->path().c_str(), *options.uid, *options.uid) != 0) {
      throw std::runtime_error("chown of the data directory failed");
    }
    data_ = temporary_->path() / "data";
  }
  std::filesystem::path program = options.program.value_or(sojourn_program());
  if (options.uid && temporary_) {
    // The build may lie where that user cannot walk.
    const std::filesystem::path original = program;
    program = temporary_->path() / original.filename();
    std::filesystem::copy_file(original, program);
  }
  std::vector<std::string> command = options.launcher;
  command.insert(command.end(), {program, "serve", "--data", data_});
  if (std::find(options.arguments.begin(), options.arguments.end(), "--listen") == options.arguments.end()) {
    command.insert(command.end(), {"--listen", "127.0.0.1:0"});
  }
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  ProcessOptions process_options;
  process_options.uid = options.uid;
  process_ = std::make_unique<Process>(std::move(command), std::move(process_options));
  const std::string prefix = "sojourn: ready on ";
  const auto line = process_->wait_for_line(prefix, std::chrono::seconds(30));
  if (!line) throw std::runtime_error("the server did not get ready: " + process_->errors());
  url_ = line->substr(prefix.size());
}

Server::~Server() {
  const std::vector<pid_t> left = descendants();
  process_.reset();
  for (pid_t pid : left) ::kill(pid, SIGKILL);
}

int Server::port() const {
  return std::stoi(url_.substr(url_.rfind(':') + 1));
}

std::string Server::token() const {
  std::string token = read_file(data_ / "admin.token");
  while (!token.empty() && token.back() == '\n') token.pop_back();
  return token;
}

Reply Server::get(const std::string& path, std::vector<std::string> more) {
  more.push_back(url(path));
  return curl(std::move(more));
}

Reply Server::api(const std::string& method, const std::string& path, std::vector<std::string> more) {
  more.insert(more.end(), {"-X", method, "-H", "Authorization: Bearer " + token(), url("/api/v1" + path)});
  return curl(std::move(more));
}

Reply Server::deploy(const std::string& name, const std::filesystem::path& object, const std::string& query) {
  return api("PUT", "/functions/" + name + query, {"-T", object});
}

Finished Server::cli(std::vector<std::string> arguments, std::string input) {
  arguments.insert(arguments.begin(), sojourn_program());
  ProcessOptions options;
  options.env = {{"SOJOURN_SERVER", url_}, {"SOJOURN_TOKEN", token()}};
  options.input = std::move(input);
  return run(std::move(arguments), std::move(options), std::chrono::seconds(60));
}

std::vector<pid_t> Server::descendants() const {
  const auto all = parents();
  std::set<pid_t> tree = {process_->pid()};
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [pid, parent] : all) {
      if (tree.contains(parent) && tree.insert(pid).second) grew = true;
    }
  }
  tree.erase(process_->pid());
  return {tree.begin(), tree.end()};
}

std::vector<pid_t> Server::processes(const std::string& word) const {
  std::vector<pid_t> found;
  for (pid_t pid : descendants()) {
    std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    std::replace(command.begin(), command.end(), '\0', ' ');
    if (command.find(word) != std::string::npos) found.push_back(pid);
  }
  // A sandbox that is being made still looks like the warden, its parent.
  if (word.starts_with("__")) {
    const std::vector<pid_t> all = found;
    std::erase_if(found, [&](pid_t pid) { return std::find(all.begin(), all.end(), parent_of(pid)) != all.end(); });
  }
  return found;
}

Finished Server::stop(std::chrono::milliseconds patience) {
  process_->signal(SIGTERM);
  return process_->wait(patience);
}

std::filesystem::path sojourn_program() {
  return SOJOURN_PROGRAM;
}
std::filesystem::path example(const std::string& name) {
  return build_directory() / "examples" / (name + ".so");
}
std::filesystem::path test_function(const std::string& name) {
  return build_directory() / "tests" / "functions" / (name + ".so");
}
std::filesystem::path hostile_act(const std::string& name) {
  return build_directory() / "tests" / "hostile" / (name + ".so");
}
std::filesystem::path hostile_program(const std::string& name) {
  return build_directory() / "tests" / "hostile" / name;
}

}  // namespace sojourn::test
