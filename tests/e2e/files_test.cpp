// The files trigger of a real server: files that appear in a directory go through a function, each once.
#include <doctest/doctest.h>
#include <filesystem>

#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// A server that lets posts go to the loopback, where the ledger is, and files triggers watch below `watched`.
ServerOptions permitting(const std::vector<std::filesystem::path>& watched,
                         std::optional<std::filesystem::path> data = {}) {
  ServerOptions options;
  options.arguments = {"--dev"};
  for (const std::filesystem::path& directory : watched) {
    options.arguments.insert(options.arguments.end(), {"--files", directory.string()});
  }
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

std::string manifest(const std::filesystem::path& directory, const Ledger& ledger) {
  return R"(
functions:
  read: {artifact: COURIER, env: {STAMP: ", read"}}
pipelines:
  import:
    triggers: [{files: {directory: ")" +
         directory.string() + R"(", glob: "*.txt", settle: 100ms}}]
    steps: [{call: read}, {post: {url: ")" +
         ledger.url() + R"(", private: true}}]
)";
}

// What `apply` says to the manifest.
std::string refusal(Server& server, const std::string& text) {
  try {
    apply_manifest(server, text);
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  return "applied";
}

bool logs(const Server& server, std::string_view text) {
  return eventually([&] { return server.log().find(text) != std::string::npos; }, 30s);
}

}  // namespace

TEST_CASE("files: what appears in a directory goes through the function once, and after a restart not again") {
  const TemporaryDirectory data;
  const Inbox inbox;
  const Ledger ledger;
  const ServerOptions options = permitting({inbox.path}, data.path() / "data");
  inbox.put("first.txt", "one");
  {
    Server server(options);
    apply_manifest(server, manifest(inbox.path, ledger));
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
  Server server(permitting({"/"}));
  const Ledger ledger;
  apply_manifest(server, "pipelines:\n  leak:\n    triggers: [{files: {directory: \"" + server.data().string() +
                             "\", settle: 100ms}}]\n    steps: [{post: {url: \"" + ledger.url() +
                             "\", private: true}}]\n");
  CHECK(logs(server, "no files are taken from below"));
  sleep_for(500ms);
  CHECK(ledger.size() == 0);
}

TEST_CASE("files: with --dev alone any directory may be watched") {
  const Inbox inbox;
  const Ledger ledger;
  Server server;
  apply_manifest(server, manifest(inbox.path, ledger));
  inbox.put("first.txt", "one");
  CHECK(ledger.has(1, 30s));
}

TEST_CASE("files: what --files does not name is refused at apply, and no longer watched after a restart without it") {
  const TemporaryDirectory data;
  const Inbox inbox, other;
  const Ledger ledger;
  const auto start = [&](const std::vector<std::filesystem::path>& watched) {
    return permitting(watched, data.path() / "data");
  };
  {
    ServerOptions nowhere = kept_in(data.path() / "data");
    nowhere.arguments = {"--allow-private"};
    Server server(nowhere);
    const std::string refused = refusal(server, manifest(inbox.path, ledger));
    CHECK(refused.find("pipelines.import.triggers[0].files.directory: " + inbox.path.string()) != std::string::npos);
    CHECK(refused.find("`sojourn serve --files DIR`") != std::string::npos);
    REQUIRE(server.stop().status == 0);
  }
  {
    Server server(start({other.path, inbox.path}));
    apply_manifest(server, manifest(inbox.path, ledger));
    CHECK(refusal(server, manifest(inbox.path.parent_path(), ledger)).find("--files DIR") != std::string::npos);
    inbox.put("first.txt", "one");
    REQUIRE(ledger.has(1, 30s));
    REQUIRE(server.stop().status == 0);
  }
  Server server(start({other.path}));
  CHECK(logs(server, "a directory is not watched"));
  inbox.put("second.txt", "two");
  other.put("third.txt", "three");
  apply_manifest(server, "pipelines:\n  others:\n    triggers: [{files: {directory: \"" + other.path.string() +
                             "\", settle: 100ms}}]\n    steps: [{call: read}, {post: {url: \"" + ledger.url() +
                             "\", private: true}}]\n");
  REQUIRE(ledger.has(2, 30s));
  CHECK(ledger.deliveries().back().body == "three, read");
  sleep_for(500ms);
  CHECK(ledger.size() == 2);
  CHECK(server.get("/function/read", {"-d", "x"}).status == 200);
}

TEST_CASE("files: a symbolic link does not lead out of the directories that --files names") {
  const Inbox inbox, other;
  const Ledger ledger;
  other.put("private.txt", "private");
  std::filesystem::create_directory_symlink(other.path, inbox.path / "out");
  Server server(permitting({inbox.path}));
  apply_manifest(server, manifest(inbox.path / "out", ledger));
  CHECK(logs(server, "is really " + other.path.string()));
  other.put("more.txt", "more");
  sleep_for(500ms);
  CHECK(ledger.size() == 0);
}

}  // namespace sojourn::test
