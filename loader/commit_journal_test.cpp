#include "loader/commit_journal.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "loader/temporary_directory.h"

namespace sojourn {
namespace {

const std::string kFirst(40, 'a');
const std::string kSecond(40, 'b');

CommitJournal open_journal(const std::string& path) {
  auto journal = CommitJournal::open(path);
  REQUIRE_MESSAGE(journal.ok(), journal.error().text());
  return std::move(*journal);
}

}  // namespace

TEST_CASE("journal: what was appended is found again, in order") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  {
    CommitJournal journal = open_journal(path);
    CHECK(journal.found().empty());
    REQUIRE(journal.append(kFirst, "one").ok());
    REQUIRE(journal.append(kSecond, std::string(100'000, 'x')).ok());
    CHECK(journal.records() == 2);
  }
  CommitJournal journal = open_journal(path);
  REQUIRE(journal.found().size() == 2);
  CHECK(journal.found()[0].commit == kFirst);
  CHECK(journal.found()[0].pack == "one");
  CHECK(journal.found()[1].pack.size() == 100'000);
  REQUIRE(journal.clear().ok());
  CHECK(open_journal(path).found().empty());
}

TEST_CASE("journal: a record taken back is gone, and the next stands in its place") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  CommitJournal journal = open_journal(path);
  REQUIRE(journal.append(kFirst, "one").ok());
  REQUIRE(journal.append(kSecond, "two").ok());
  REQUIRE(journal.take_back().ok());
  CHECK(open_journal(path).found().size() == 1);
  REQUIRE(journal.append(kSecond, "three").ok());
  CHECK(open_journal(path).found().at(1).pack == "three");
}

TEST_CASE("journal: cut off or damaged anywhere, the whole records before are found and no others") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  std::uint64_t first_end = 0;
  {
    CommitJournal journal = open_journal(path);
    REQUIRE(journal.append(kFirst, "first pack").ok());
    first_end = journal.size();
    REQUIRE(journal.append(kSecond, "second pack").ok());
  }
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes.substr(0, length);
    CHECK(open_journal(path).found().size() == (length >= first_end ? 1 : 0));
  }
  for (std::size_t place = first_end; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x40);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
    CHECK(open_journal(path).found().size() == 1);
  }
}

}  // namespace sojourn
