// Secrets: set by the command or by curl, given only to functions that name them, and found nowhere else.
#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <signal.h>
#include <sstream>
#include <thread>
#include <unistd.h>

#include "runtime/crypto/encoding.h"
#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {
namespace {

using namespace std::chrono_literals;

ServerOptions without_dev() {
  ServerOptions options;
  options.arguments = {};
  return options;
}

ServerOptions on(const std::filesystem::path& data) {
  ServerOptions options;
  options.data = data;
  return options;
}

void set(Server& server, const std::string& name, const std::string& value) {
  const Finished done = server.cli({"secrets", "set", name}, value + "\n");
  REQUIRE_MESSAGE(done.status == 0, done.errors);
}

void deploy_keeper(Server& server, const std::string& more = {}) {
  const Reply reply = server.deploy("keeper", test_function("keeper"), "?secrets=mailer-key" + more);
  REQUIRE_MESSAGE(reply.status < 300, reply.body);
}

std::string proc_file(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// Whether the bytes stand anywhere in the process's writable memory.
bool has_in_memory(pid_t pid, const std::string& bytes) {
  const int memory = ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) return false;
  std::istringstream maps(proc_file(pid, "maps"));
  bool found = false;
  for (std::string line; !found && std::getline(maps, line);) {
    unsigned long from = 0, to = 0;
    char readable = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %c", &from, &to, &readable) != 3 || readable != 'r') continue;
    std::string region(std::min<std::size_t>(to - from, 64u << 20), '\0');
    const ssize_t size = ::pread(memory, region.data(), region.size(), static_cast<off_t>(from));
    if (size > 0)
      found = std::string_view(region.data(), static_cast<std::size_t>(size)).find(bytes) != std::string::npos;
  }
  ::close(memory);
  return found;
}

bool is_under(const std::filesystem::path& directory, const std::string& bytes) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && read_file(entry.path()).find(bytes) != std::string::npos) return true;
  }
  return false;
}

pid_t parent_of(pid_t pid) {
  const std::string status = proc_file(pid, "status");
  const std::size_t at = status.find("\nPPid:");
  return at == std::string::npos ? -1 : std::stoi(status.substr(at + 6));
}

std::set<pid_t> processes_of(const Server& server) {
  const std::vector<pid_t> pids = server.descendants();
  return {pids.begin(), pids.end()};
}

bool is_gateway(pid_t pid) {
  return proc_file(pid, "comm").starts_with("sojourn-gateway");
}

}  // namespace

TEST_CASE("secrets: are set, listed without values, changed and removed, by command and by curl") {
  Server server(without_dev());
  set(server, "mailer-key", "value of the mailer");
  const Reply put = server.api("PUT", "/secrets/db", {"--data-binary", "value of the database"});
  CHECK(put.status == 201);
  CHECK(put.body.find("value of") == std::string::npos);
  CHECK(server.api("PUT", "/secrets/db", {"--data-binary", "another value"}).status == 200);
  deploy_keeper(server);
  const Finished listed = server.cli({"secret", "list", "-o", "json"});
  CAPTURE(listed.output);
  CHECK(listed.status == 0);
  CHECK(listed.output.find("\"mailer-key\"") != std::string::npos);
  CHECK(listed.output.find("\"usedBy\"") != std::string::npos);
  CHECK(listed.output.find("\"keeper\"") != std::string::npos);
  CHECK(listed.output.find("value") == std::string::npos);
  CHECK(server.api("GET", "/secrets").body.find("value of") == std::string::npos);
  CHECK(server.api("GET", "/secrets/db").status == 405);
  CHECK(curl({server.url("/api/v1/secrets")}).status == 401);
  const Finished reader = server.cli({"tokens", "create", "reader", "--scope", "read", "--scope", "deploy"});
  const std::string token = reader.output.substr(0, reader.output.find('\n'));
  CHECK(curl({"-H", "Authorization: Bearer " + token, server.url("/api/v1/secrets")}).status == 403);

  const Finished kept = server.cli({"secrets", "remove", "mailer-key"});
  CHECK(kept.status == 1);
  CHECK(kept.errors.find("is named by keeper") != std::string::npos);
  CHECK(server.cli({"secrets", "remove", "db"}).status == 0);
  CHECK(server.cli({"secrets", "remove", "db"}).status == 1);
  CHECK(server.api("PUT", "/secrets/large", {"--data-binary", std::string(8193, 'x')}).status == 413);
  CHECK(server.api("PUT", "/secrets/No_Name", {"--data-binary", "x"}).status == 400);
  TemporaryDirectory directory;
  write_file(directory.path() / "exact", "ends with a line feed\n");
  CHECK(server.cli({"secrets", "set", "mailer-key", "--from-file", (directory.path() / "exact").string()}).status == 0);
  CHECK(server.get("/function/keeper/value", {"-H", "Authorization: Bearer " + server.token()}).body ==
        "ends with a line feed\n");
}

TEST_CASE("secrets: come in START and in calls, not in INIT, and only when they are named") {
  Server server;
  set(server, "mailer-key", "value of the mailer");
  set(server, "other-key", "value of the other");
  deploy_keeper(server, "&env.ASK_IN_START=mailer-key");
  CHECK(server.get("/function/keeper/start").body == "value of the mailer");
  CHECK(server.get("/function/keeper/value").body == "value of the mailer");
  CHECK(server.get("/function/keeper/value?name=other-key").error_code() == "function_threw");
  const Reply in_init = server.deploy("keeper", test_function("keeper"), "?secrets=mailer-key&env.ASK_IN_INIT=1");
  CHECK(in_init.status == 422);
  CAPTURE(in_init.body);
  CHECK(in_init.body.find("INIT has none") != std::string::npos);
  const Reply unknown = server.deploy("keeper", test_function("keeper"), "?secrets=mailer-kay");
  CHECK(unknown.status == 422);
  CHECK(unknown.body.find("did you mean `mailer-key`?") != std::string::npos);
}

TEST_CASE("secrets: survive a restart, and one that was removed by force refuses its function until it is set again") {
  TemporaryDirectory directory;
  {
    Server server(on(directory.path() / "data"));
    set(server, "mailer-key", "value of the mailer");
    deploy_keeper(server);
    server.process().signal(SIGKILL);
    server.process().wait(5s);
  }
  Server server(on(directory.path() / "data"));
  CHECK(server.get("/function/keeper/value").body == "value of the mailer");
  CHECK(server.cli({"secrets", "remove", "mailer-key", "--force"}).status == 0);
  const Reply refused = server.get("/function/keeper/value");
  CHECK(refused.status == 503);
  CHECK(refused.body.find("the secret `mailer-key`, which the function names, is not set") != std::string::npos);
  set(server, "mailer-key", "set again");
  CHECK(server.get("/function/keeper/value").body == "set again");
}

TEST_CASE("secrets: a change holds for the next call, and no call fails for it") {
  for (const std::string isolation : {"reuse", "fresh"}) {
    CAPTURE(isolation);
    Server server;
    set(server, "mailer-key", "value 0");
    deploy_keeper(server, "&instances.min=1&isolation=" + isolation);
    SteadyLoad load(server.port(), "/function/keeper/value", "value ", 50, 2);
    for (int round = 1; round <= 8; ++round) {
      const std::string value = "value " + std::to_string(round);
      set(server, "mailer-key", value);
      CHECK(server.get("/function/keeper/value").body == value);
    }
    const LoadReport report = load.stop();
    CHECK_MESSAGE(report.failed == 0, (report.failures.empty() ? "" : report.failures.front()));
    CHECK(report.sent > 0);
  }
}

TEST_CASE("secrets: what a function writes, logs or throws of a value is kept out of its log and of answers") {
  Server server;
  const std::string value = "s3cret-of-the-mailer";
  set(server, "mailer-key", value);
  deploy_keeper(server);
  const auto log = [&] { return server.api("GET", "/functions/keeper/logs").body; };
  CHECK(server.get("/function/keeper/babble").status == 200);
  CHECK(server.get("/function/keeper/throw").status == 500);
  const Reply refused = server.get("/function/keeper/refuse");
  CHECK(refused.status == 422);
  CHECK(refused.body.find("not with ***") != std::string::npos);
  const auto has = [&](const std::string& text) { return log().find(text) != std::string::npos; };
  CHECK(eventually([&] { return has("refused with ***"); }, 10s));
  for (const char* line : {"logged ***", "\"field\":\"***\"", "whole *** whole", "halves *** halves"}) {
    CAPTURE(line);
    CHECK(eventually([&] { return has(line); }, 10s));
  }
  CHECK(log().find(value) == std::string::npos);
  CHECK(log().find("the-mailer") == std::string::npos);
  CHECK(log().find("s3cret") == std::string::npos);
  const Reply start = server.deploy("keeper", test_function("keeper"),
                                    "?secrets=mailer-key&env.ASK_IN_START=mailer-key&env.FAIL_IN_START=1");
  CHECK(start.status == 422);
  CHECK(start.body.find("no server takes ***") != std::string::npos);
  CHECK(start.body.find(value) == std::string::npos);
  CHECK(server.log().find(value) == std::string::npos);
}

TEST_CASE("secrets: a planted one is only in the gateway and in instances that name it") {
  Server server;
  const std::string value = "planted-4f1d8c0b6a29e357";
  const std::string backwards(value.rbegin(), value.rend());
  REQUIRE(server.deploy("hunter", test_function("hunter")).status == 201);
  CHECK(server.get("/function/hunter", {"-d", backwards}).body == "nothing\n");
  const std::set<pid_t> before = processes_of(server);
  set(server, "mailer-key", value);
  deploy_keeper(server, "&env.ASK_IN_START=mailer-key");
  CHECK(server.get("/function/keeper/babble").status == 200);
  CHECK(server.get("/function/hunter", {"-d", backwards}).body == "nothing\n");

  for (const pid_t pid : processes_of(server)) {
    CAPTURE(pid);
    CHECK(proc_file(pid, "environ").find(value) == std::string::npos);
    CHECK(proc_file(pid, "cmdline").find(value) == std::string::npos);
    const std::string limits = proc_file(pid, "limits");
    const std::size_t core = limits.find("Max core file size");
    if (core != std::string::npos) {
      CHECK(std::stoi("0" + limits.substr(limits.find_first_of("0123456789u", core + 18), 1)) == 0);
    }
  }
  CHECK_FALSE(is_under(server.data(), value));
  CHECK_FALSE(is_under(server.data(), to_base64(value)));
  CHECK(server.log().find(value) == std::string::npos);
  CHECK(server.process().output().find(value) == std::string::npos);

  if (::getuid() != 0) return;  // only root may read the memory of others
  const pid_t warden = server.processes("warden").empty() ? -1 : server.processes("warden").front();
  int instances = 0;
  for (const pid_t pid : processes_of(server)) {
    const bool has = has_in_memory(pid, value);
    CAPTURE(pid);
    CAPTURE(proc_file(pid, "comm"));
    if (is_gateway(pid)) {
      CHECK(has);  // the search does find what is there
    } else if (has) {
      ++instances;
      CHECK_FALSE(before.contains(pid));
      CHECK(parent_of(pid) != warden);  // a template's parent is the warden, an instance's the template
    }
  }
  CHECK(instances >= 1);
}

}  // namespace sojourn::test
