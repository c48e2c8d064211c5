#include "gateway/tokens.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>

#include "runtime/base/durable_file.h"

namespace sojourn {
namespace {

struct Directory {
  Directory() {
    char path[] = "/tmp/sojourn-tokens-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    name = path;
  }
  ~Directory() { std::filesystem::remove_all(name); }
  std::string name;
};

std::unique_ptr<TokenStore> open(const Directory& directory) {
  auto store = TokenStore::open(directory.name, Clock::system());
  REQUIRE(store.ok());
  return std::move(*store);
}

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777u;
}

TEST_CASE("tokens: the first start makes a private admin token that works") {
  const Directory directory;
  const auto store = open(directory);
  auto text = read_file(directory.name + "/admin.token", 1000)->text;
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  const Token* admin = store->table()->find(text);
  REQUIRE(admin != nullptr);
  CHECK(admin->name == "admin");
  CHECK(admin->allows(Verb::kDeploy, "hello"));
  CHECK(mode_of(directory.name + "/admin.token") == 0600);
  CHECK(mode_of(directory.name + "/tokens.json") == 0600);
}

TEST_CASE("tokens: the file holds no token's text") {
  const Directory directory;
  const auto made = open(directory)->create("ci", {Scope{Verb::kRead, {}}});
  REQUIRE(made.ok());
  const std::string file = read_file(directory.name + "/tokens.json", 100'000)->text;
  CHECK(file.find(made->text.substr(4)) == std::string::npos);
}

TEST_CASE("tokens: a token outlives a restart, with its scopes") {
  const Directory directory;
  const auto made = open(directory)->create("ci", {Scope{Verb::kDeploy, "shop-*"}});
  const auto again = open(directory);
  const Token* found = again->table()->find(made->text);
  REQUIRE(found != nullptr);
  CHECK(found->allows(Verb::kDeploy, "shop-api"));
  CHECK_FALSE(found->allows(Verb::kDeploy, "hello"));
}

TEST_CASE("tokens: a revoked token is unknown at once and after a restart") {
  const Directory directory;
  const auto store = open(directory);
  const auto made = store->create("ci", {Scope{Verb::kRead, {}}});
  REQUIRE(store->revoke("ci").ok());
  CHECK(store->table()->find(made->text) == nullptr);
  CHECK(open(directory)->table()->find(made->text) == nullptr);
  CHECK(store->revoke("ci").error().code() == ErrorCode::kTokenNotFound);
}

TEST_CASE("tokens: the last token that may administer stays") {
  const Directory directory;
  const auto store = open(directory);
  CHECK(store->revoke("admin").error().code() == ErrorCode::kConflict);
  REQUIRE(store->create("second", {Scope{Verb::kAdmin, {}}}).ok());
  CHECK(store->revoke("admin").ok());
}

TEST_CASE("tokens: a taken name, a bad name and no scope are refused") {
  const Directory directory;
  const auto store = open(directory);
  CHECK(store->create("admin", {Scope{Verb::kRead, {}}}).error().code() == ErrorCode::kConflict);
  CHECK(store->create("No Name", {Scope{Verb::kRead, {}}}).error().code() == ErrorCode::kBadRequest);
  CHECK(store->create("ci", {}).error().code() == ErrorCode::kBadRequest);
}

TEST_CASE("tokens: a damaged file is said to be damaged and is not replaced") {
  const Directory directory;
  open(directory);
  REQUIRE(replace_file(directory.name + "/tokens.json", "{\"tokens\": [{}]}", 0600).ok());
  const auto store = TokenStore::open(directory.name, Clock::system());
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().text().find("damaged") != std::string::npos);
}

TEST_CASE("tokens: what is almost a token is not found") {
  const Directory directory;
  const auto store = open(directory);
  const auto made = store->create("ci", {Scope{Verb::kRead, {}}});
  std::string other = made->text;
  other.back() = other.back() == '0' ? '1' : '0';
  CHECK(store->table()->find(other) == nullptr);
  CHECK(store->table()->find(made->text.substr(0, 40)) == nullptr);
  CHECK(store->table()->find("") == nullptr);
}

}  // namespace
}  // namespace sojourn
