#include "gateway/events/journal_faults.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFull = "/data/events/journal.db: database or disk is full";

struct Stage {
  std::string lines() const {
    std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR)), '\0');
    REQUIRE(::pread(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
  }
  std::ptrdiff_t count() const {
    const std::string text = lines();
    return std::count(text.begin(), text.end(), '\n');
  }
  std::string tell(ErrorCode code, const char* text, std::chrono::milliseconds since_start) {
    return faults.told(log, Error(code, text), MonotonicTime() + since_start).text();
  }

  const UniqueFd file{::memfd_create("log", MFD_CLOEXEC)};
  const Log log{file.get(), LogLevel::kInfo};
  JournalFaults faults;
};

}  // namespace

TEST_CASE("journal faults: a caller hears no path, the log and the status have the whole reason") {
  Stage stage;
  CHECK_FALSE(stage.faults.last());
  const Error told = stage.faults.told(stage.log, Error(ErrorCode::kStoreUnavailable, kFull));
  CHECK(told.code() == ErrorCode::kStoreUnavailable);
  CHECK(told.text() == journal_unavailable().text());
  CHECK(told.text().find("/data") == std::string::npos);
  CHECK(stage.lines().find(kFull) != std::string::npos);
  REQUIRE(stage.faults.last());
  CHECK(stage.faults.last()->reason == kFull);
  const Error damaged = stage.faults.told(stage.log, Error(ErrorCode::kInternal, "/data/events/journal.db: malformed"));
  CHECK(damaged.code() == ErrorCode::kInternal);
  CHECK(damaged.text().find("/data") == std::string::npos);
}

TEST_CASE("journal faults: what is about the request stays as it is") {
  Stage stage;
  CHECK(stage.tell(ErrorCode::kRunNotFound, "there is no run 7", 0s) == "there is no run 7");
  CHECK(stage.tell(ErrorCode::kCallIdTaken, "call id 7 was used", 0s) == "call id 7 was used");
  CHECK(stage.count() == 0);
  CHECK_FALSE(stage.faults.last());
}

TEST_CASE("journal faults: the same reason is written once a minute, and no more than one line a second") {
  Stage stage;
  for (int i = 0; i < 1000; ++i) stage.tell(ErrorCode::kStoreUnavailable, kFull, i * 50ms);
  CHECK(stage.count() == 1);
  stage.tell(ErrorCode::kStoreUnavailable, kFull, 60s);
  CHECK(stage.count() == 2);
  stage.tell(ErrorCode::kStoreUnavailable, "another", 60'900ms);
  CHECK(stage.count() == 2);
  stage.tell(ErrorCode::kStoreUnavailable, "another", 61s);
  CHECK(stage.count() == 3);
}

}  // namespace sojourn
