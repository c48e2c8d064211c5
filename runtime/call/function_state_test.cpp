#include "runtime/call/function_state.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <optional>

#include <sojourn/abi.h>

#include "loader/temporary_directory.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"

using namespace sojourn;

namespace {

// A store on disk, and one operation after another on it.
class Stage {
 public:
  Stage() : log_(null_.get(), LogLevel::kError) {
    StateLimits limits;
    limits.value_bytes = 100;
    auto store = StateStore::open(directory_.path() + "/state.db", limits, Clock::system(), log_);
    REQUIRE(store.ok());
    store_ = std::move(*store);
    state_.emplace(*store_, log_);
  }

  std::int32_t run(std::uint32_t operation, std::string_view key, std::string_view value = {},
                   std::uint64_t revision = 0) {
    std::optional<std::int32_t> code;
    state_->state("f", {operation, 0, revision, key, value}, loop_, [&](const KeptAnswer& answer) {
      code = answer.code;
      number = answer.number;
      text = answer.value;
    });
    REQUIRE(code.has_value());
    return *code;
  }
  std::int32_t lease(std::uint64_t owner, std::int64_t ttl_ms) {
    std::optional<std::int32_t> code;
    state_->lease("f", {ttl_ms, "leader"}, owner, loop_, [&](const KeptAnswer& answer) {
      code = answer.code;
      number = answer.number;
    });
    REQUIRE(code.has_value());
    return *code;
  }

  std::uint64_t number = 0;
  std::string text;

 private:
  TemporaryDirectory directory_;
  UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_;
  Loop loop_;
  std::unique_ptr<StateStore> store_;
  std::optional<FunctionState> state_;
};

}  // namespace

TEST_CASE("function state: what a function set it gets back, with the revision to compare by") {
  Stage stage;
  CHECK(stage.run(SJ_STATE_GET, "k") == SJ_EMISSING);
  CHECK(stage.run(SJ_STATE_SET, "k", "one") == SJ_OK);
  CHECK(stage.run(SJ_STATE_GET, "k") == SJ_OK);
  CHECK(stage.text == "one");
  const std::uint64_t seen = stage.number;
  CHECK(stage.run(SJ_STATE_COMPARE_AND_SET, "k", "two", seen) == SJ_OK);
  CHECK(stage.run(SJ_STATE_COMPARE_AND_SET, "k", "three", seen) == SJ_ETAKEN);
  CHECK(stage.run(SJ_STATE_INCREMENT, "n", "41") == SJ_OK);
  CHECK(stage.run(SJ_STATE_INCREMENT, "n", "1") == SJ_OK);
  CHECK(stage.text == "42");
  CHECK(stage.run(SJ_STATE_REMOVE, "k") == SJ_OK);
  CHECK(stage.run(SJ_STATE_REMOVE, "k") == SJ_EMISSING);
}

TEST_CASE("function state: a limit and a wrong operation are told apart, and no words leak into the value") {
  Stage stage;
  CHECK(stage.run(SJ_STATE_SET, "k", std::string(101, 'x')) == SJ_ELIMIT);
  CHECK(stage.text.empty());
  CHECK(stage.run(SJ_STATE_SET, "text", "five") == SJ_OK);
  CHECK(stage.run(SJ_STATE_INCREMENT, "text", "1") == SJ_EINVAL);
  CHECK(stage.run(77, "k") == SJ_EINVAL);
}

TEST_CASE("function state: a lease is one instance's, and its fence comes with it") {
  Stage stage;
  CHECK(stage.lease(1, 60'000) == SJ_OK);
  const std::uint64_t fence = stage.number;
  CHECK(fence > 0);
  CHECK(stage.lease(2, 60'000) == SJ_ETAKEN);
  CHECK(stage.lease(1, 60'000) == SJ_OK);
  CHECK(stage.number == fence);
}
