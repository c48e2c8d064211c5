// Layer by layer: servers whose sandboxes lack one wall or several, as root and as an ordinary user.
#include "tests/hostile/layers.h"

#include <doctest/doctest.h>
#include <set>
#include <string>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

constexpr uid_t kNobody = 65534;
constexpr key_t kSegmentKey = 0x50f0c0de;

std::vector<Mode> modes() {
  if (::geteuid() == 0) return {Mode::kRoot, Mode::kOrdinary};
  return {Mode::kOrdinary};
}

std::string name(Mode mode) {
  return mode == Mode::kRoot ? "root" : "an ordinary user";
}

bool is_in(In in, Mode mode) {
  return in == In::kBoth || (in == In::kRoot) == (mode == Mode::kRoot);
}

// The program that leaves these walls out: it takes them from its own file name.
class ProgramWithout {
 public:
  explicit ProgramWithout(std::string_view walls, const std::string& original = "sojourn-without-walls")
      : path_(place_.path() / ("sojourn-without-" + std::string(walls))) {
    std::error_code other_file_system;
    std::filesystem::create_hard_link(hostile_program(original), path_, other_file_system);
    if (other_file_system) std::filesystem::copy_file(hostile_program(original), path_);
  }
  ServerOptions options(Mode mode) const {
    ServerOptions made;
    made.program = path_;
    if (mode == Mode::kOrdinary && ::geteuid() == 0) made.uid = kNobody;
    return made;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryDirectory place_;
  std::filesystem::path path_;
};

std::string query(const Server& server, Ask ask) {
  if (ask == Ask::kGatewayPid) return "?" + std::to_string(server.processes("__gateway").at(0));
  if (ask == Ask::kGatewayPort) return "?" + std::to_string(server.port());
  if (ask == Ask::kSegmentKey) return "?" + std::to_string(kSegmentKey);
  return "";
}

// A file of root's own in every function's directory while it lives.
class PrivateFiles {
 public:
  explicit PrivateFiles(const Server& server) {
    for (const auto& stem : std::filesystem::directory_iterator(server.data() / "stems")) {
      files_.push_back(stem.path() / "private");
      write_file(files_.back(), "the host's");
      std::filesystem::permissions(files_.back(), std::filesystem::perms::owner_read);
    }
  }
  ~PrivateFiles() {
    std::error_code gone;
    for (const auto& file : files_) std::filesystem::remove(file, gone);
  }

 private:
  std::vector<std::filesystem::path> files_;
};

// Whether the segment is seen from out here. Removes it.
bool segment_is_ours() {
  const int segment = ::shmget(kSegmentKey, 0, 0);
  if (segment >= 0) ::shmctl(segment, IPC_RMID, nullptr);
  return segment >= 0;
}

std::string outcome(Server& server, const Held& held) {
  std::string route(held.act);
  for (char& c : route) c = c == '_' ? '-' : c;
  const std::string limits = "?timeout=5s&instances.max=1" + std::string(held.limits);
  const Reply deployed = server.deploy(route, hostile_act(std::string(held.act)), limits);
  if (deployed.status != 201) return deployed.body;
  const Reply reply = [&] {
    std::optional<PrivateFiles> private_files;
    if (held.act == "read_private_file") private_files.emplace(server);
    return server.get("/function/" + route + query(server, held.ask));
  }();
  server.api("DELETE", "/functions/" + route);
  const std::string said = reply.status == 200 ? reply.body : reply.error_code();
  if (held.ask == Ask::kSegmentKey && said == "allowed")
    return said + (segment_is_ours() ? ", for everybody" : ", for itself");
  return said;
}

std::string expected(std::string_view without, const Held& held, Mode mode) {
  for (const Change& change : kChanges) {
    if (change.without != without || change.act != held.act || !is_in(change.in, mode)) continue;
    if (change.outcome != "(the host's)") return std::string(change.outcome);
    char host[256];
    REQUIRE(::gethostname(host, sizeof host) == 0);
    return host;
  }
  return std::string(held.outcome);
}

// Some walls are only to be had by root, and as they stand here: a host may lack cgroups or scopes.
bool has_everything(Server& server) {
  const std::string walls = server.api("GET", "/status").body;
  for (const char* wall : {"\"landlock-scope\"", "\"cgroup-memory\"", "\"cgroup-pids\"", "\"own-uid\""}) {
    if (walls.find(wall) == std::string::npos) return false;
  }
  return true;
}

void check_all(Server& server, std::string_view without, Mode mode) {
  for (const Held& held : kHeld) {
    if (!is_in(held.in, mode)) continue;
    CAPTURE(name(mode));
    CAPTURE(std::string(without));
    CAPTURE(std::string(held.act));
    CHECK(outcome(server, held) == expected(without, held, mode));
  }
}

// Only the acts that the change is about.
void check_changes(Server& server, std::string_view without, Mode mode) {
  for (const Held& held : kHeld) {
    if (!is_in(held.in, mode) || expected(without, held, mode) == held.outcome) continue;
    CAPTURE(name(mode));
    CAPTURE(std::string(without));
    CAPTURE(std::string(held.act));
    CHECK(outcome(server, held) == expected(without, held, mode));
  }
}

}  // namespace

TEST_CASE("layers: with every wall in place each act comes to what the table says") {
  for (const Mode mode : modes()) {
    ServerOptions options;
    if (mode == Mode::kOrdinary && ::geteuid() == 0) options.uid = kNobody;
    Server server(options);
    // Those that stand behind others show here alone.
    CHECK(server.api("GET", "/status").body.find("\"missingWalls\":[]") != std::string::npos);
    if (mode == Mode::kRoot)
      REQUIRE_MESSAGE(has_everything(server), "this host lacks walls: `sojourn status --doctor`");
    check_all(server, "", mode);
  }
}

TEST_CASE("layers: with any one wall left out the others hold, and what is missed is that wall's own work") {
  for (const std::string_view wall : kWallsAlone) {
    const ProgramWithout program(wall);
    for (const Mode mode : modes()) {
      Server server(program.options(mode));
      check_all(server, wall, mode);
    }
  }
}

TEST_CASE("layers: root's templates without a user namespace are root") {
  if (::geteuid() != 0) return;
  Server server(ProgramWithout("user-namespace").options(Mode::kRoot));
  check_all(server, "user-namespace", Mode::kRoot);
}

TEST_CASE("layers: walls that stand behind others show when those are gone") {
  std::set<std::string_view> together;
  for (const Change& change : kChanges) {
    if (change.without.find('+') != std::string_view::npos) together.insert(change.without);
  }
  for (const std::string_view walls : together) {
    const ProgramWithout program(walls);
    for (const Mode mode : modes()) {
      if (mode == Mode::kOrdinary && walls.find("user-namespace") != std::string_view::npos) continue;
      Server server(program.options(mode));
      check_changes(server, walls, mode);
    }
  }
}

TEST_CASE("layers: every wall has an act that shows its absence") {
  std::set<std::string_view> walls(kWallsAlone.begin(), kWallsAlone.end());
  for (const Change& change : kChanges) {
    for (auto wall = walls.begin(); wall != walls.end();)
      wall = change.without.find(*wall) != std::string_view::npos ? walls.erase(wall) : std::next(wall);
  }
  CHECK(walls.empty());
}

TEST_CASE("layers: without no_new_privs, and for an ordinary user without a user namespace, there is no server") {
  for (const Mode mode : modes()) {
    for (const std::string wall : {"no-new-privs", "user-namespace"}) {
      if (wall == "user-namespace" && mode == Mode::kRoot) continue;
      std::string why;
      try {
        Server server(ProgramWithout(wall).options(mode));
      } catch (const std::exception& refused) {
        why = refused.what();
      }
      CAPTURE(why);
      CHECK(why.find("no sandbox can be made on this host") != std::string::npos);
    }
  }
}

TEST_CASE("layers: the product has no such switch, whatever it is called") {
  // The word that names the switch is found in the program that has it, and not in the product.
  const std::string word = "not-dumpable";
  REQUIRE(read_file(hostile_program("sojourn-without-walls")).find(word) != std::string::npos);
  CHECK(read_file(sojourn_program()).find(word) == std::string::npos);

  TemporaryDirectory place;
  ServerOptions options;
  options.program = place.path() / "sojourn-without-seccomp";
  std::filesystem::copy_file(sojourn_program(), *options.program);
  Server server(options);
  const Held act{"mount_something", "forbidden_syscall"};
  CHECK(outcome(server, act) == act.outcome);
  CHECK(server.api("GET", "/status").body.find("\"missingWalls\":[]") != std::string::npos);
}

}  // namespace sojourn::test
