#include "runtime/event/journal/payload_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/temporary_directory.h"
#include "runtime/base/unique_fd.h"
#include "runtime/event/journal/long_data.h"

using namespace sojourn;

namespace {

class Stage {
 public:
  Stage() : payloads_(opened()) {}
  PayloadStore& payloads() { return payloads_; }
  std::string path_of(const Digest& digest) const {
    return directory_.path() + "/payloads/" + digest.hex().substr(0, 2) + "/" + digest.hex();
  }
  Digest put(std::string_view bytes) {
    auto digest = payloads_.put(bytes);
    REQUIRE_MESSAGE(digest.ok(), (digest.ok() ? "" : digest.error().text()));
    return *digest;
  }
  PayloadStore::Swept sweep(bool is_used, std::chrono::seconds age = std::chrono::seconds(0)) {
    auto swept = payloads_.sweep([=](const Digest&) { return Result<bool>(is_used); }, 100, age);
    REQUIRE(swept.ok());
    return *swept;
  }

 private:
  PayloadStore opened() {
    auto payloads = PayloadStore::open(directory_.path() + "/payloads");
    REQUIRE(payloads.ok());
    return std::move(*payloads);
  }
  TemporaryDirectory directory_;
  PayloadStore payloads_;
};

}  // namespace

TEST_CASE("payload store: what was put is there by its digest, and the same is there once") {
  Stage stage;
  const std::string bytes("a\0b", 3);
  const Digest digest = stage.put(bytes);
  CHECK(stage.put(bytes) == digest);
  CHECK(*stage.payloads().get(digest) == bytes);
  CHECK(stage.sweep(true).bytes == 3);
}

TEST_CASE("payload store: a payload that is not there is an error that names it") {
  Stage stage;
  const auto missing = stage.payloads().get(Digest{{7}});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text().find(Digest{{7}}.hex()) != std::string::npos);
  CHECK(missing.error().code() == ErrorCode::kInternal);
}

TEST_CASE("payload store: a payload with a flipped byte is refused") {
  Stage stage;
  const Digest digest = stage.put("hello");
  const UniqueFd file(::open(stage.path_of(digest).c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::pwrite(file.get(), "j", 1, 0) == 1);
  const auto damaged = stage.payloads().get(digest);
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().text().find("damaged") != std::string::npos);
  CHECK(damaged.error().code() == ErrorCode::kInternal);
}

TEST_CASE("payload store: one that cannot be read is not said to be damaged") {
  Stage stage;
  const Digest digest = stage.put("hello");
  REQUIRE(::unlink(stage.path_of(digest).c_str()) == 0);
  REQUIRE(::mkdir(stage.path_of(digest).c_str(), 0700) == 0);
  const auto unread = stage.payloads().get(digest);
  REQUIRE_FALSE(unread.ok());
  CHECK(unread.error().code() == ErrorCode::kStoreUnavailable);
}

TEST_CASE("payload store: one that a crash left cut short is written again") {
  Stage stage;
  const Digest digest = stage.put("hello");
  REQUIRE(::truncate(stage.path_of(digest).c_str(), 2) == 0);
  CHECK(stage.put("hello") == digest);
  CHECK(*stage.payloads().get(digest) == "hello");
}

TEST_CASE("payload store: sweeping removes what nobody uses, and leaves what is young or used") {
  Stage stage;
  const Digest digest = stage.put("hello");
  CHECK(stage.sweep(false, std::chrono::hours(1)).removed == 0);
  CHECK(stage.sweep(true).removed == 0);
  const auto swept = stage.sweep(false);
  CHECK(swept.removed == 1);
  CHECK(swept.is_through);
  CHECK_FALSE(stage.payloads().get(digest).ok());
}

TEST_CASE("payload store: what is put again while it is swept stays, whatever the rows said before") {
  Stage stage;
  const Digest digest = stage.put("hello");
  const timespec old[2] = {{1, 0}, {1, 0}};
  REQUIRE(::utimensat(AT_FDCWD, stage.path_of(digest).c_str(), old, 0) == 0);
  const auto swept = stage.payloads().sweep(
      [&](const Digest&) {
        stage.put("hello");
        return Result<bool>(false);
      },
      100);
  REQUIRE(swept.ok());
  CHECK(swept->removed == 0);
  CHECK(stage.payloads().get(digest).ok());
}

TEST_CASE("payload store: a turn of sweeping is bounded, and the next one goes on") {
  Stage stage;
  for (int i = 0; i < 50; ++i) stage.put(std::to_string(i));
  std::size_t turns = 0;
  std::size_t removed = 0;
  for (bool is_through = false; !is_through; ++turns) {
    auto swept = stage.payloads().sweep([](const Digest&) { return Result<bool>(false); }, 1, std::chrono::seconds(0));
    REQUIRE(swept.ok());
    removed += swept->removed;
    is_through = swept->is_through;
  }
  CHECK(removed == 50);
  CHECK(turns > 10);
}

TEST_CASE("long data: what does not fit a row goes to the store, wherever it stands, and is read back") {
  Stage stage;
  const std::string long_text(kInlineDataMax + 1, 'l');
  const std::string short_text(kInlineDataMax, 's');
  const EventRecord long_one{"s", "1", "t", "{}", long_text, std::nullopt};
  const EventRecord short_one{"s", "2", "t", "{}", short_text, std::nullopt};
  Acceptance emitted;
  emitted.event = long_one;
  Completion completion;
  completion.next = {{"a", "l", long_one, 0}, {"b", "l", short_one, 0}, {"c", "l", std::nullopt, 0}};
  completion.emitted = {emitted};
  completion.result = RunResult{200, "[]", long_text, std::nullopt};
  for (int again = 0; again < 2; ++again) {
    REQUIRE(keep_long_data(stage.payloads(), completion).ok());
    CHECK(completion.next[0].input->data.empty());
    CHECK(*data_of(stage.payloads(), *completion.next[0].input) == long_text);
    CHECK_FALSE(completion.next[1].input->blob.has_value());
    CHECK(*data_of(stage.payloads(), *completion.next[1].input) == short_text);
    CHECK(*data_of(stage.payloads(), completion.emitted[0].event) == long_text);
    CHECK(*body_of(stage.payloads(), *completion.result) == long_text);
  }
}
