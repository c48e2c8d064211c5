// A data directory on a file system that is full: what needs room is refused in words, nothing is broken, what is
// deployed is served, also by a gateway that starts anew; and with room again everything works.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// A small file system of the test's own, with a file that takes what room is left.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("sojourn-test", directory_.path().c_str(), "tmpfs", 0, "size=16m,mode=0711") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return directory_.path(); }
  void fill() const {
    const int fd = ::open((path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (::write(fd, block.data(), block.size()) > 0) {
    }
    ::close(fd);
  }
  void free() const { std::filesystem::remove(path() / "ballast"); }

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("storage: on a full disk deploys are refused in words, what is deployed is served, and room heals it") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped by name: needs root to mount a file system");
    return;
  }
  Server server({.arguments = {"--dev"}, .data = disk.path() / "data", .uid = {}, .program = {}, .launcher = {}});
  REQUIRE(server.deploy("app", test_function("versioned-one")).status == 201);
  REQUIRE(server.get("/function/app").body == "one 1\n");
  disk.fill();

  for (const char* object : {"probe", "stages"}) {
    const Reply refused = server.deploy("app", test_function(object));
    CAPTURE(refused.body);
    CHECK(refused.status == 503);
    CHECK(refused.error_code() == "store_unavailable");
    CHECK(refused.headers.contains("retry-after"));
    CHECK(refused.body.find("No space left") != std::string::npos);
    CHECK(refused.body.find(disk.path().string()) == std::string::npos);
  }
  const Finished command = server.cli({"deploy", test_function("probe").string(), "--name", "app"});
  CHECK(command.status == 1);
  CHECK(command.errors.find("No space left") != std::string::npos);
  CHECK(server.get("/function/app").body == "one 1\n");

  const pid_t gateway = server.processes("__gateway").front();
  ::kill(gateway, SIGKILL);
  CHECK(eventually([&] { return server.get("/function/app").body == "one 1\n"; }, 20s));

  disk.free();
  const Reply deployed = server.deploy("app", test_function("versioned-two"));
  CAPTURE(deployed.body);
  CHECK(deployed.status == 201);
  CHECK(server.get("/function/app").body == "two 2\n");
  CHECK(server.get("/function/app@1").body == "one 1\n");
  const std::string repository = server.data() / "deployments.git";
  const Finished check = run({"git", "-c", "safe.directory=" + repository, "-C", repository, "fsck", "--strict"});
  CAPTURE(check.errors);
  CHECK(check.status == 0);
}

}  // namespace sojourn::test
