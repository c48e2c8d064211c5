// The files trigger of a real server: files that appear in a directory go through a function, each once.
#include <doctest/doctest.h>
#include <filesystem>

#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// A server that lets posts go to the loopback, where the ledger is.
ServerOptions permitting(std::optional<std::filesystem::path> data = {}) {
  ServerOptions options;
  options.arguments = {"--dev", "--allow-private"};
  options.data = std::move(data);
  return options;
}

// A directory that the gateway, which has its own uid, can read.
struct Inbox {
  Inbox() {
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  }
  void put(const std::string& name, const std::string& content) const {
    write_file(path / ("." + name), content);
    std::filesystem::permissions(path / ("." + name), std::filesystem::perms(0644));
    std::filesystem::rename(path / ("." + name), path / name);
  }
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "inbox";
};

std::string manifest(const Inbox& inbox, const Ledger& ledger) {
  return R"(
functions:
  read: {artifact: COURIER, env: {STAMP: ", read"}}
pipelines:
  import:
    triggers: [{files: {directory: ")" +
         inbox.path.string() + R"(", glob: "*.txt", settle: 100ms}}]
    steps: [{call: read}, {post: {url: ")" +
         ledger.url() + R"(", private: true}}]
)";
}

}  // namespace

TEST_CASE("files: what appears in a directory goes through the function once, and after a restart not again") {
  const TemporaryDirectory data;
  const Inbox inbox;
  const Ledger ledger;
  const ServerOptions options = permitting(data.path() / "data");
  inbox.put("first.txt", "one");
  {
    Server server(options);
    apply_manifest(server, manifest(inbox, ledger));
    REQUIRE(ledger.has(1, 30s));
    const Delivery first = ledger.deliveries().front();
    CHECK(first.body == "one, read");
    CHECK(first.header("ce-type") == "io.sojourn.file");
    CHECK(first.header("ce-subject") == "first.txt");
    CHECK(first.header("ce-size") == "3");
    inbox.put("second.txt", std::string(100'000, 'x'));
    inbox.put("other.csv", "not wanted");
    REQUIRE(ledger.has(2, 30s));
    CHECK(ledger.deliveries().back().body == std::string(100'000, 'x') + ", read");
    REQUIRE(server.stop().status == 0);
  }
  Server server(options);
  inbox.put("third.txt", "three");
  REQUIRE(ledger.has(3, 30s));
  sleep_for(500ms);
  CHECK(ledger.size() == 3);
  inbox.put("first.txt", "changed");
  REQUIRE(ledger.has(4, 30s));
  CHECK(ledger.deliveries().back().body == "changed, read");
}

TEST_CASE("files: the server's own data directory gives nothing away") {
  Server server(permitting());
  const Ledger ledger;
  apply_manifest(server, "pipelines:\n  leak:\n    triggers: [{files: {directory: \"" + server.data().string() +
                             "\", settle: 100ms}}]\n    steps: [{post: {url: \"" + ledger.url() +
                             "\", private: true}}]\n");
  CHECK(eventually([&] { return server.log().find("no files are taken from below") != std::string::npos; }, 30s));
  sleep_for(500ms);
  CHECK(ledger.size() == 0);
}

}  // namespace sojourn::test
