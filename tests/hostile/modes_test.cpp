// What a server says of a host that has less: secure, reduced, or not at all. The product itself runs as on an older
// kernel (older_kernel.cpp).
#include <doctest/doctest.h>
#include <string>
#include <unistd.h>

#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kNobody = 65534;

// As whoever runs the test, and as root as an ordinary user too.
std::vector<std::optional<uid_t>> users() {
  if (::geteuid() == 0) return {std::nullopt, kNobody};
  return {std::nullopt};
}

// A copy of the launcher where any user can reach it.
class OlderKernel {
 public:
  OlderKernel() : program_(place_.path() / "older-kernel") {
    std::filesystem::permissions(place_.path(), std::filesystem::perms(0755));
    std::filesystem::copy_file(hostile_program("older-kernel"), program_);
  }
  std::vector<std::string> with(std::vector<std::string> options) const {
    options.insert(options.begin(), program_);
    options.emplace_back("--");
    return options;
  }

 private:
  TemporaryDirectory place_;
  std::filesystem::path program_;
};

// The words of a server that did not get ready.
std::string refusal(const ServerOptions& options) {
  try {
    Server server(options);
    return "it serves: " + server.api("GET", "/status").body;
  } catch (const std::exception& refused) {
    return refused.what();
  }
}

bool holds(Server& server, const std::string& act, const std::string& outcome) {
  std::string route = act;
  for (char& c : route) c = c == '_' ? '-' : c;
  const Reply deployed = server.deploy(route, hostile_act(act), "?timeout=5s");
  const Reply reply = server.get("/function/" + route);
  CAPTURE(act);
  CAPTURE(deployed.body);
  CAPTURE(reply.body);
  CHECK((reply.status == 200 ? reply.body : reply.error_code()) == outcome);
  return (reply.status == 200 ? reply.body : reply.error_code()) == outcome;
}

void holds_the_essential(Server& server) {
  holds(server, "read_host_files", "none");
  holds(server, "write_files", "none");
  holds(server, "open_sockets", "0");
  holds(server, "ptrace_attach", "forbidden_syscall");
  holds(server, "unshare_user", "forbidden_syscall");
  holds(server, "fork_in_handler", "EPERM");
}

int unified_groups() {
  int groups = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/fs/cgroup/unified"))
    groups += entry.path().filename().string().starts_with("sojourn-") ? 1 : 0;
  return groups;
}

std::string mode(Server& server) {
  return server.api("GET", "/status").body;
}

}  // namespace

TEST_CASE("modes: root is secure, an ordinary user is told what is shared") {
  for (const auto& user : users()) {
    ServerOptions options;
    options.uid = user;
    Server server(options);
    const bool root = ::geteuid() == 0 && !user;
    const std::string status = mode(server);
    CAPTURE(status);
    CHECK(status.find(root ? "\"mode\":\"secure\"" : "\"mode\":\"secure (single uid, soft memory)\"") !=
          std::string::npos);
    CHECK(status.find("\"missingWalls\":[]") != std::string::npos);
  }
}

TEST_CASE("modes: without Landlock there is no server, and it says how there could be one") {
  const OlderKernel kernel;
  for (const auto& user : users()) {
    ServerOptions options;
    options.uid = user;
    options.launcher = kernel.with({"--missing=landlock_create_ruleset"});
    const std::string why = refusal(options);
    CAPTURE(why);
    CHECK(why.find("no sandbox can be made on this host: landlock: ") != std::string::npos);
    CHECK(why.find("--allow-reduced") != std::string::npos);
    CHECK(why.find("status --doctor") != std::string::npos);
  }
}

TEST_CASE("modes: without Landlock and with --allow-reduced it serves, says so, and the other walls hold") {
  const OlderKernel kernel;
  for (const auto& user : users()) {
    ServerOptions options;
    options.uid = user;
    options.launcher = kernel.with({"--missing=landlock_create_ruleset"});
    options.arguments = {"--dev", "--allow-reduced"};
    Server server(options);
    const std::string status = mode(server);
    CAPTURE(status);
    CHECK(status.find("\"mode\":\"reduced\"") != std::string::npos);
    CHECK(status.find("\"missingWalls\":[\"landlock\"]") != std::string::npos);
    holds_the_essential(server);
  }
}

TEST_CASE("modes: with less than reduced it refuses whatever is allowed, and names the step") {
  const OlderKernel kernel;
  struct Lack {
    std::string option;
    std::string words;
  };
  const Lack lacks[] = {
      {"--missing=clone3", "clone into namespaces"},
      {"--missing=pivot_root", "pivot_root"},
      {"--missing=fsopen", "mount the root"},
      {"--missing=seccomp", "seccomp"},
      {"--missing=unshare", "make a network namespace"},
      {"--no-user-namespaces", "make a user namespace"},
  };
  for (const auto& user : users()) {
    for (const Lack& lack : lacks) {
      // An ordinary user needs the warden's own user namespace before anything else.
      const bool first = (user || ::geteuid() != 0) && lack.option == "--missing=unshare";
      ServerOptions options;
      options.uid = user;
      options.launcher = kernel.with({lack.option});
      options.arguments = {"--dev", "--allow-reduced"};
      const std::string why = refusal(options);
      CAPTURE(lack.option);
      CAPTURE(why);
      CHECK(why.find(first ? "make a user namespace" : lack.words) != std::string::npos);
      CHECK(why.find("status --doctor") != std::string::npos);
      CHECK(why.find("it serves") == std::string::npos);
    }
  }
}

TEST_CASE("modes: the Landlock of kernel 6.1 is enough, and the second walls it lacks are not missed") {
  const OlderKernel kernel;
  for (const auto& user : users()) {
    ServerOptions options;
    options.uid = user;
    options.launcher = kernel.with({"--landlock-abi=2"});
    Server server(options);
    const std::string status = mode(server);
    CAPTURE(status);
    CHECK(status.find("\"mode\":\"secure") != std::string::npos);
    CHECK(status.find("\"landlock\"") != std::string::npos);
    CHECK(status.find("\"landlock-network\"") == std::string::npos);
    CHECK(status.find("\"landlock-scope\"") == std::string::npos);
    holds_the_essential(server);
    holds(server, "kill_parent", "EPERM");
  }
}

// Version 2 is mounted and has no controller here, since version 1 has them all: it is tried, and nothing is left of
// it.
TEST_CASE("modes: without a controller of cgroups the limits of processes hold, and it is secure still") {
  if (::geteuid() != 0) return;
  const OlderKernel kernel;
  ServerOptions options;
  options.launcher = kernel.with({"--no-cgroup-v1"});
  Server server(options);
  const std::string status = mode(server);
  CAPTURE(status);
  CHECK(status.find("\"mode\":\"secure\"") != std::string::npos);
  CHECK(status.find("\"rlimits\"") != std::string::npos);
  if (!std::filesystem::exists("/sys/fs/cgroup/unified")) return;  // version 2 alone, with the controllers
  CHECK(status.find("\"cgroup-memory\"") == std::string::npos);
  holds(server, "start_100_threads", "EAGAIN");
  holds(server, "open_100_descriptors", "EMFILE");
  holds(server, "map_100_gib", "ENOMEM");
  std::vector<std::string> command = kernel.with({"--no-cgroup-v1"});
  command.insert(command.end(), {sojourn_program(), "status", "--doctor"});
  const std::string doctor = run(command).output;
  CAPTURE(doctor);
  CHECK(doctor.find("cgroup memory") != std::string::npos);
  CHECK(doctor.find("limited by rlimits alone") != std::string::npos);
  // Another server's may be there for a moment while it starts.
  CHECK(eventually([] { return unified_groups() == 0; }, 5s));
}

TEST_CASE("modes: at log level debug the call that ends a function is named in its log, and ends it all the same") {
  for (const auto& user : users()) {
    ServerOptions options;
    options.uid = user;
    options.arguments = {"--dev", "--log-level", "debug"};
    Server server(options);
    holds(server, "ptrace_attach", "forbidden_syscall");
    holds(server, "unshare_user", "forbidden_syscall");
    holds(server, "x32_system_call", "forbidden_syscall");
    const auto logged = [&](const std::string& name, const std::string& line) {
      return eventually(
          [&] { return server.api("GET", "/functions/" + name + "/logs").body.find(line) != std::string::npos; }, 5s);
    };
    CHECK(logged("ptrace-attach", "sojourn: forbidden_syscall: ptrace"));
    CHECK(logged("unshare-user", "sojourn: forbidden_syscall: unshare"));
  }
}

TEST_CASE("modes: the doctor sees what the server would") {
  const OlderKernel kernel;
  std::vector<std::string> command = kernel.with({"--missing=landlock_create_ruleset"});
  command.insert(command.end(), {sojourn_program(), "status", "--doctor", "-o", "json"});
  const Finished sick = run(command);
  CHECK(sick.status == 1);
  CHECK(sick.output.find("lsm=") != std::string::npos);
  const Finished well = run({sojourn_program(), "status", "--doctor"});
  CAPTURE(well.output);
  CHECK(well.status == 0);
}

}  // namespace sojourn::test
