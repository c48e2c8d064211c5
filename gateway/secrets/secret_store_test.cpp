#include "gateway/secrets/secret_store.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "loader/temporary_directory.h"

namespace sojourn {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

std::unique_ptr<SecretStore> open_store(const std::string& directory) {
  auto store = SecretStore::open(directory, Clock::system());
  REQUIRE_MESSAGE(store.ok(), (store.ok() ? "" : store.error().text()));
  return std::move(*store);
}

std::string_view value_of(const SecretTablePtr& table, std::string_view name) {
  const Secret* secret = table->find(name);
  return secret == nullptr ? std::string_view("(none)") : secret->value.view();
}

}  // namespace

TEST_CASE("secrets: a value comes back after a restart and never lies on disk as it is") {
  const TemporaryDirectory directory;
  const std::string path = directory.path();
  const std::string value = "correct horse battery staple\n";
  {
    const auto store = open_store(path);
    const auto stored = store->set("mailer-key", value);
    REQUIRE(stored.ok());
    CHECK(stored->is_new);
    REQUIRE(store->set("db", "first").ok());
    const auto changed = store->set("db", "second");
    CHECK_FALSE(changed->is_new);
    CHECK(changed->secret->created_at <= changed->secret->changed_at);
  }
  CHECK(mode_of(path + "/secret.key") == 0400);
  CHECK(mode_of(path + "/secrets.json") == 0600);
  CHECK(content_of(path + "/secrets.json").find("horse") == std::string::npos);
  const auto store = open_store(path);
  CHECK(value_of(store->table(), "mailer-key") == value);
  CHECK(value_of(store->table(), "db") == "second");
  REQUIRE(store->remove("db").ok());
  CHECK(store->remove("db").error().code() == ErrorCode::kSecretNotFound);
  CHECK(value_of(open_store(path)->table(), "db") == "(none)");
}

TEST_CASE("secrets: a key that is gone or another, and a sealed text under another name, are told apart from none") {
  const TemporaryDirectory directory;
  const std::string path = directory.path();
  REQUIRE(open_store(path)->set("one", "value of one").ok());
  const std::string file = content_of(path + "/secrets.json");
  const std::string key = content_of(path + "/secret.key");
  const auto refusal = [&] { return SecretStore::open(path, Clock::system()).error().text(); };

  std::filesystem::remove(path + "/secret.key");
  CHECK(refusal().find("secret.key is gone") != std::string::npos);
  std::ofstream(path + "/secret.key") << std::string(64, 'a') << "\n";
  CHECK(refusal().find("`one` does not open") != std::string::npos);
  std::ofstream(path + "/secret.key") << "short\n";
  CHECK(refusal().find("64 hex digits") != std::string::npos);
  std::ofstream(path + "/secret.key") << key;

  std::string renamed = file;
  renamed.replace(renamed.find("\"one\""), 5, "\"two\"");
  std::ofstream(path + "/secrets.json") << renamed;
  CHECK(refusal().find("`two` does not open") != std::string::npos);
  std::ofstream(path + "/secrets.json") << "{";
  CHECK(refusal().find("is damaged") != std::string::npos);
}

TEST_CASE("secrets: names and values outside the bounds are refused by name") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory.path());
  CHECK(store->set("No_Name", "x").error().code() == ErrorCode::kBadRequest);
  CHECK(store->set("empty", "").error().code() == ErrorCode::kBadRequest);
  CHECK(store->set("large", std::string(kSecretSizeMax + 1, 'x')).error().code() == ErrorCode::kBodyTooLarge);
  CHECK(store->set("large", std::string(kSecretSizeMax, 'x')).ok());
  CHECK(store->set("bytes", std::string_view("a\0b\xff", 4)).ok());
  CHECK(value_of(open_store(directory.path())->table(), "bytes").size() == 4);
}

TEST_CASE("secrets: a table says which name is missing, and what it was probably meant to be") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory.path());
  REQUIRE(store->set("mailer-key", "12345678").ok());
  const SecretTablePtr table = store->table();
  CHECK(table->texts({"mailer-key"})->at("mailer-key").view() == "12345678");
  CHECK(table->texts({"mailer-key", "other"}).error().text() ==
        "the secret `other`, which the function names, is not set");
  CHECK(table->has("mailer-key").ok());
  CHECK(table->has("mailer-kay").error().text() ==
        "there is no secret `mailer-kay`, did you mean `mailer-key`? (`sojourn secrets set mailer-kay` makes it)");
}

}  // namespace sojourn
