// GET /api/v1/functions/NAME/logs: what a function wrote, once or as it comes.
#include <utility>

#include "gateway/api.h"

namespace sojourn {
namespace {

constexpr HeaderField kLinesType = {"content-type", "application/x-ndjson"};
constexpr HeaderField kNoStore = {"cache-control", "no-store"};
constexpr std::array<HeaderField, 2> kFields = {kLinesType, kNoStore};
constexpr std::chrono::seconds kSilenceMax{15};  // after which an empty line shows that the stream lives
constexpr std::size_t kUnsentMax = 256u << 10;   // bytes; a client with more of them waiting gets no new ones yet
constexpr int kTailMax = 10'000;

struct Wish {
  LogFilter filter;
  std::size_t lines = 100;
  bool follow = false;
};

Result<Wish> read_wish(const Query& query) {
  Wish wish;
  const auto limit = query.number("limit", 100, 0, kTailMax);
  if (!limit.ok()) return limit.error();
  wish.lines = static_cast<std::size_t>(*limit);
  const auto version = query.number("version", 0, 0, 999'999'999);
  if (!version.ok()) return version.error();
  wish.filter.version = *version;
  wish.filter.call_id = query.find("call").value_or("");
  const auto follow = query.flag("follow");
  if (!follow.ok()) return follow.error();
  wish.follow = *follow;
  return wish;
}

// Sends the lines of a follower as they come, at the client's pace: what the client does not take stays with the
// follower, whose queue is bounded.
class LogStream final : public Responder {
 public:
  LogStream(Worker& worker, Exchange& exchange, std::string function, Wish wish)
      : answer_(worker, exchange),
        function_(std::move(function)),
        wish_(std::move(wish)),
        silence_(worker.loop()),
        self_(std::make_shared<LogStream*>(this)) {}
  ~LogStream() override { *self_ = nullptr; }

  void on_request(Exchange&) override {
    LogStore& logs = answer_.worker().site().logs;
    if (!wish_.follow) return answer_.reply(200, kFields, logs.tail(function_, wish_.filter, wish_.lines));
    Loop& loop = answer_.worker().loop();
    const auto wake = [&loop, self = self_] {
      loop.post([self] {
        if (*self != nullptr) (*self)->pass_on();
      });
    };
    answer_.begin(200, kFields);
    follower_ = logs.follow(function_, wish_.filter, wish_.lines, wake);
    silence_.repeat(kSilenceMax, [this] { keep_alive(); });
    pass_on();
  }

  void on_room(Exchange&) override { pass_on(); }

 private:
  void pass_on() {
    if (answer_.worker().site().draining) {
      if (!std::exchange(ended_, true)) answer_.end();
      return;
    }
    if (ended_ || answer_.exchange().unsent() > kUnsentMax) return;
    const std::string lines = follower_->take();
    if (lines.empty()) return;
    answer_.write(lines);
    silence_.repeat(kSilenceMax, [this] { keep_alive(); });
  }

  void keep_alive() {
    if (!ended_ && answer_.exchange().unsent() == 0) answer_.write("\n");
  }

  Answer answer_;
  std::string function_;
  Wish wish_;
  Timer silence_;
  std::shared_ptr<LogFollower> follower_;
  std::shared_ptr<LogStream*> self_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Responder> stream_logs(Worker& worker, Exchange& exchange, ApiRequest request) {
  auto wish = read_wish(request.query);
  if (wish.ok() && worker.routes()->find(request.name) != nullptr) {
    return std::make_unique<LogStream>(worker, exchange, std::string(request.name), std::move(*wish));
  }
  const Error unknown(ErrorCode::kFunctionNotFound,
                      "there is no function `" + std::string(request.name.substr(0, 80)) + "`");
  Answer(worker, exchange).fail(wish.ok() ? unknown : wish.error());
  return nullptr;
}

}  // namespace sojourn
