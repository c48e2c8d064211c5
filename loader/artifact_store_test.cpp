#include "loader/artifact_store.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "loader/temporary_directory.h"

namespace sojourn {
namespace {

std::unique_ptr<ArtifactStore> open_store(const TemporaryDirectory& directory, std::uint64_t limit = 1u << 20) {
  auto store = ArtifactStore::open(directory.path() + "/artifacts", {limit});
  REQUIRE_MESSAGE(store.ok(), store.error().text());
  return std::move(*store);
}

std::size_t files_in(const std::string& path) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) count += entry.is_regular_file();
  return count;
}

std::string read_all(int fd) {
  std::string text(1 << 16, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(fd, text.data(), text.size(), 0))));
  return text;
}

void overwrite(const std::string& path, const std::string& text) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("store: what was uploaded in pieces is found under its hash") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory);
  auto upload = store->begin();
  REQUIRE(upload.ok());
  for (const char* piece : {"a", "b", "c"}) REQUIRE(upload->add(piece).ok());
  const auto artifact = upload->finish();
  REQUIRE(artifact.ok());
  CHECK(artifact->digest.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(artifact->size == 3);
  const auto opened = store->open(artifact->digest);
  REQUIRE(opened.ok());
  CHECK(read_all(opened->fd.get()) == "abc");
  CHECK(opened->path == directory.path() + "/artifacts/ba/" + artifact->digest.hex());
  CHECK(opened->identity.size == 3);
  struct stat status {};
  REQUIRE(::stat(opened->path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0444);
}

TEST_CASE("store: the same content twice is one file") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory);
  const auto first = store->store("content");
  const auto second = store->store("content");
  REQUIRE(second.ok());
  CHECK(first->digest == second->digest);
  CHECK(store->store("other").ok());
  CHECK(files_in(directory.path()) == 2);
}

TEST_CASE("store: a copy is another file with the same content, made once and again when it is damaged") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory);
  const auto artifact = store->store("content");
  const auto original = store->open(artifact->digest);
  const auto copy = store->open_copy(artifact->digest, 1);
  REQUIRE_MESSAGE(copy.ok(), copy.error().text());
  CHECK(copy->identity.inode != original->identity.inode);
  CHECK(read_all(copy->fd.get()) == "content");
  CHECK(store->open_copy(artifact->digest, 1)->identity == copy->identity);
  const auto second = store->open_copy(artifact->digest, 2);
  REQUIRE(second.ok());
  CHECK(second->identity.inode != copy->identity.inode);
  overwrite(copy->path, "damaged");
  const auto again = store->open_copy(artifact->digest, 1);
  REQUIRE(again.ok());
  CHECK(read_all(again->fd.get()) == "content");
  CHECK_FALSE(store->open_copy(Digest{}, 1).ok());
  CHECK(files_in(directory.path()) == 3);
}

TEST_CASE("store: an upload that is dropped or crashed leaves nothing") {
  const TemporaryDirectory directory;
  {
    const auto store = open_store(directory);
    {
      auto upload = store->begin();
      REQUIRE(upload->add("half").ok());
      CHECK(files_in(directory.path()) == 1);
    }
    CHECK(files_in(directory.path()) == 0);
    std::ofstream(directory.path() + "/artifacts/incoming/left-by-a-crash") << "half";
  }
  const auto store = open_store(directory);
  CHECK(files_in(directory.path()) == 0);
}

TEST_CASE("store: the size limit is named") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory, 1024);
  auto upload = store->begin();
  REQUIRE(upload->add(std::string(1024, 'x')).ok());
  const Status status = upload->add("y");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code() == ErrorCode::kBodyTooLarge);
  CHECK(status.error().text() == "the object is larger than 1KiB, the limit of one artifact");
}

TEST_CASE("store: a file that no longer has its hash is not handed out, and the same upload repairs it") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory);
  const auto artifact = store->store("content");
  const std::string path = store->open(artifact->digest)->path;
  overwrite(path, "CONTENT");
  const auto opened = store->open(artifact->digest);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().text().find("the stored file is damaged") != std::string::npos);
  REQUIRE(store->store("content").ok());
  CHECK(store->open(artifact->digest).ok());
}

TEST_CASE("store: neither a symbolic link nor a missing file is opened") {
  const TemporaryDirectory directory;
  const auto store = open_store(directory);
  const auto artifact = store->store("content");
  const std::string path = store->open(artifact->digest)->path;
  std::filesystem::rename(path, path + ".moved");
  CHECK(store->open(artifact->digest).error().text().find("is not in the store") != std::string::npos);
  std::filesystem::create_symlink(path + ".moved", path);
  CHECK_FALSE(store->open(artifact->digest).ok());
}

}  // namespace sojourn
