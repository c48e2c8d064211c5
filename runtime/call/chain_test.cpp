// Chains of separate links and guards, with real sandboxes.
#include "runtime/call/chain.h"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <random>

#include "runtime/call/chain_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

std::string values_of(const NotedCaller& caller, std::string_view name) {
  std::string text;
  for (const auto& [key, value] : caller.headers) {
    if (key == name) text += (text.empty() ? "" : ",") + value;
  }
  return text;
}

// Lets everything pass, and counts.
class CountingGuard final : public Guard {
 public:
  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override {
    ++entered;
    return inner(request, caller);
  }
  int entered = 0;
};

class AnsweringGuard final : public Guard {
 public:
  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override {
    const HeaderField field{"x-guard", request.path};
    if (request.path == "/refuse") return inner.refuse({ErrorCode::kRateLimited, "slow down", 1500ms}, caller);
    return inner.answer({202, {&field, 1}, "from the guard"}, caller);
  }
};

}  // namespace

TEST_CASE("chain: links change the request on its way in and the reply on its way out, in order") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a"), stage.link("b")}, stage.mirror());
  const NotedCaller& caller = stage.answer(chain, {"/x", "a=tag&b=tag"});
  REQUIRE(caller.done());
  CHECK(caller.body == "GET /x?a=tag&b=tag\nx-in: a\nx-in: b\n\n");
  CHECK(values_of(caller, "x-out") == "b,a");
  CHECK(values_of(caller, "x-seen") == "one,two");
}

TEST_CASE("chain: the times of the links are each one's own") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a")}, stage.mirror());
  stage.answer(chain, {});
  class Times final : public Caller {
   public:
    void on_reply(const ReplyView&, const CallTimes& times) override {
      for (const LinkTime& link : times.links) names += std::string(link.name) + " ", sum += link.time;
      done = true;
    }
    void on_failure(const CallFailure&, const CallTimes&) override { done = true; }
    void on_stream_begin(const ReplyView&, const CallTimes&) override {}
    void on_stream_chunk(std::string_view) override {}
    void on_stream_end(const std::optional<Error>&) override {}
    std::string names;
    std::chrono::nanoseconds sum{0};
    bool done = false;
  } times;
  RequestView request;
  request.method = "GET";
  request.path = "/";
  const auto before = std::chrono::steady_clock::now();
  const CallHandle handle = stage.runtime->call(chain, request, 5s, times);
  REQUIRE(stage.run_until([&] { return times.done; }));
  CHECK(times.names == "a function ");
  CHECK(times.sum > 0ns);
  CHECK(times.sum <= std::chrono::steady_clock::now() - before);
}

TEST_CASE("chain: a link answers in the place of those inside, or asks them twice") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a")}, stage.mirror());
  CHECK(stage.answer(chain, {"/", "a=answer"}).outcome() == "203 answered by a");
  CHECK(stage.answer(chain, {"/", "a=twice"}).outcome() == "200 GET /?a=twice\n\n+GET /?a=twice\n\n");
}

TEST_CASE("chain: a decorator that dies or throws fails the call by its name") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a"), stage.link("b")}, stage.mirror());
  for (const char* act : {"segv", "throw"}) {
    const NotedCaller& outer = stage.answer(chain, {"/", std::string("a=") + act});
    REQUIRE(outer.failure);
    CHECK(outer.failure->code == ErrorCode::kLinkFailed);
    CHECK(outer.failure->text.starts_with("a@1: "));
    // Inside another link it is a reply, which that link passes on.
    const NotedCaller& inner = stage.answer(chain, {"/", std::string("b=") + act});
    CHECK(inner.status == 502);
    CHECK(inner.passed == ErrorCode::kLinkFailed);
    CHECK(inner.body.find("\"message\":\"b@1: ") != std::string::npos);
  }
  const NotedCaller& large = stage.answer(ChainStage::chain_of({[&] {
                                                                 ChainLink link = stage.link("a");
                                                                 auto small = std::make_shared<Version>(*link.version);
                                                                 small->config.reply_limit = 1u << 20;
                                                                 link.version = small;
                                                                 return link;
                                                               }()},
                                                               stage.mirror()),
                                          {"/", "a=large"});
  REQUIRE(large.failure);
  CHECK(large.failure->code == ErrorCode::kLinkFailed);
  CHECK(large.failure->text.find("(replyLimit)") != std::string::npos);
}

TEST_CASE("chain: what failed inside stays the platform's word when it is passed on, and cannot be forged") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a"), stage.link("b")}, stage.mirror());
  const NotedCaller& crashed = stage.answer(chain, {"/segv", "a=pass&b=pass"});
  CHECK(crashed.status == 502);
  CHECK(crashed.passed == ErrorCode::kFunctionCrashed);
  CHECK(values_of(crashed, "x-sojourn-error") == "function_crashed");
  CHECK(crashed.body.find("\"callId\":\"call-7\"") != std::string::npos);
  const NotedCaller& by_function = stage.answer(chain, {"/forge"});
  CHECK(by_function.status == 502);
  CHECK_FALSE(by_function.passed);
  const NotedCaller& by_decorator = stage.answer(chain, {"/", "a=forge"});
  CHECK(by_decorator.status == 502);
  CHECK_FALSE(by_decorator.passed);
}

TEST_CASE("chain: at the deadline the innermost link is named, and those that wait may not hold the client") {
  ChainStage stage;
  auto function = stage.mirror();
  const ChainPtr chain = ChainStage::chain_of({stage.link("a"), stage.link("b")}, function);
  stage.answer(chain, {});  // warm
  function->config.timeout = 400ms;
  const auto began = std::chrono::steady_clock::now();
  const NotedCaller& inside = stage.answer(chain, {"/sleep", "a=late&b=late"});
  REQUIRE(inside.failure);
  CHECK(inside.failure->code == ErrorCode::kDeadline);
  CHECK(inside.failure->text == "mirror@1 did not answer within 400ms (timeout of mirror, for its whole chain)");
  CHECK(std::chrono::steady_clock::now() - began < 10s);
  const NotedCaller& between = stage.answer(chain, {"/", "a=late&b=sleep"});
  REQUIRE(between.failure);
  CHECK(between.failure->text.starts_with("b@1 did not answer"));
  // Those that waited are well.
  function->config.timeout = 20s;
  CHECK(stage.answer(chain, {"/ok"}).status == 200);
}

TEST_CASE("chain: a decorator may ask a thousand times, and is told when that is over") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a")}, stage.mirror());
  const NotedCaller& caller = stage.answer(chain, {"/", "a=many"});
  CHECK(caller.outcome() == "200 stopped at 1000");
  const auto told = [&] {
    return std::count_if(stage.lines.begin(), stage.lines.end(), [](const std::string& line) {
      return line == "call-7|log|next and call were used 1000 times in one call, as often as they may be";
    });
  };
  CHECK(told() == 1);
}

TEST_CASE("chain: a stream passes every link at the pace of the client") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a"), stage.link("b")}, stage.mirror());
  NotedCaller& passed = stage.answer(chain, {"/stream", "count=100&size=10000"});
  CHECK(passed.status == 200);
  CHECK_FALSE(passed.broken);
  CHECK(passed.body == std::string(1'000'000, 'p'));
  NotedCaller& changed = stage.answer(chain, {"/stream", "a=upper&b=upper&count=50&size=2000"});
  CHECK(changed.body == std::string(100'000, 'P'));

  NotedCaller& slow = stage.callers.emplace_back();
  slow.consume = false;
  RequestView request;
  request.method = "GET";
  request.path = "/stream";
  request.query = "count=100&size=10000";
  slow.handle = stage.runtime->call(chain, request, 20s, slow);
  REQUIRE(stage.run_until([&] { return slow.body.size() >= 60'000; }));
  stage.run_for(300ms);
  CHECK(slow.body.size() <= 64u * 1024);  // the client took nothing: what it may have unread is all that came
  slow.consume = true;
  slow.handle.consumed(slow.body.size());
  REQUIRE(stage.run_until([&] { return slow.done(); }));
  CHECK(slow.body.size() == 1'000'000);
}

TEST_CASE("chain: a client that goes takes the whole chain along") {
  ChainStage stage;
  const ChainPtr chain = ChainStage::chain_of({stage.link("a", 1), stage.link("b", 1)}, stage.mirror());
  stage.answer(chain, {});
  NotedCaller& gone = stage.ask(chain, {"/sleep"});
  stage.run_for(200ms);
  gone.handle.reset();
  // The links were told and have gone on, though the function still sleeps.
  const ChainPtr links = ChainStage::chain_of({stage.link("a", 1), stage.link("b", 1)}, stage.mirror("another"));
  const NotedCaller& next = stage.answer(links, {"/next"});
  INFO(next.outcome(), next.failure ? next.failure->text : "");
  CHECK(next.outcome().starts_with("200 GET /next"));
}

TEST_CASE("chain: functions call those that their manifest names, through their chains") {
  ChainStage stage;
  auto caller = stage.mirror("caller");
  caller->config.calls = {"other", "caller", "gone"};
  const ChainPtr chain = ChainStage::chain_of({}, caller);
  stage.others["caller"] = chain;
  stage.others["other"] = ChainStage::chain_of({stage.link("a")}, stage.mirror("other"));
  stage.others["secret"] = stage.others["other"];
  const NotedCaller& called = stage.answer(chain, {"/call", "name=other&a=answer"});
  CHECK(called.outcome() == "203 answered by a");
  const NotedCaller& loop = stage.answer(chain, {"/call", "name=caller"});
  CHECK(loop.status == 508);
  CHECK(loop.passed == ErrorCode::kLoopDetected);
  CHECK(stage.answer(chain, {"/call", "name=secret"}).status != 200);
  CHECK(std::count(stage.lines.begin(), stage.lines.end(),
                   "call-7|log|a call of `secret` was denied: its `calls` do not name it") == 1);
  CHECK(stage.answer(chain, {"/call", "name=gone"}).status != 200);
  CHECK(stage.answer(stage.others["other"], {"/call", "name=caller"}).status != 200);
}

TEST_CASE("chain: a pool whose instances all wait answers nested calls at once") {
  ChainStage stage;
  // Both functions are wrapped in the same decorator, of which there is one instance.
  auto caller = stage.mirror("caller");
  caller->config.calls = {"other"};
  const ChainPtr chain = ChainStage::chain_of({stage.link("a", 1)}, caller);
  stage.others["other"] = ChainStage::chain_of({stage.link("a", 1)}, stage.mirror("other"));
  const NotedCaller& busy = stage.answer(chain, {"/call", "name=other"});
  CHECK(busy.status == 503);
  CHECK(busy.passed == ErrorCode::kNoCapacity);
  CHECK(busy.body.find("wait for calls of their own (instances.max)") != std::string::npos);
}

TEST_CASE("chain: guards let pass, answer or refuse before a sandbox is spent") {
  ChainStage stage;
  const auto counting = std::make_shared<CountingGuard>();
  const auto answering = std::make_shared<AnsweringGuard>();
  const ChainPtr passing = ChainStage::chain_of({{"count", "count", nullptr, counting}}, stage.mirror());
  CHECK(stage.answer(passing, {"/x"}).body == "GET /x?\n\n");
  CHECK(counting->entered == 1);
  const ChainPtr ends = ChainStage::chain_of(
      {{"count", "count", nullptr, counting}, {"answer", "answer", nullptr, answering}}, stage.mirror("never"));
  const NotedCaller& answered = stage.answer(ends, {"/y"});
  CHECK(answered.outcome() == "202 from the guard");
  CHECK(values_of(answered, "x-guard") == "/y");
  const NotedCaller& refused = stage.answer(ends, {"/refuse"});
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == ErrorCode::kRateLimited);
  CHECK(refused.failure->retry_after == 1500ms);
  CHECK(counting->entered == 3);
}

TEST_CASE("chain: links that pass everything leave request and reply as they are") {
  ChainStage stage;
  std::mt19937 random(20260117);
  const auto pick = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
  const std::vector<ChainPtr> chains = [&] {
    std::vector<ChainPtr> made;
    const auto guard = std::make_shared<CountingGuard>();
    for (std::size_t length = 0; length <= 4; ++length) {
      const auto function = stage.fused_mirror(length == 0 ? 0 : pick(3));
      std::vector<ChainLink> links;
      for (std::size_t i = 0; i < length; ++i) {
        links.push_back(pick(2) == 0 ? ChainLink{"guard", "guard", nullptr, guard}
                                     : stage.link("link" + std::to_string(pick(3))));
      }
      made.push_back(ChainStage::chain_of(std::move(links), function));
    }
    return made;
  }();
  for (int round = 0; round < 60; ++round) {
    ChainStage::Wish wish;
    constexpr std::array<const char*, 5> kMethods = {"GET", "HEAD", "POST", "PUT", "OPTIONS"};
    wish.method = kMethods[pick(kMethods.size() - 1)];
    wish.path = pick(5) == 0 ? "/stream" : "/p\xC3\xA9/" + std::to_string(round);
    wish.query = "count=" + std::to_string(pick(5)) + "&size=" + std::to_string(1 + pick(60'000));
    constexpr std::array<std::size_t, 7> kSizes = {0, 1, 100, 16 * 1024, 16 * 1024 + 1, 200'000, 1u << 20};
    wish.body.resize(kSizes[pick(kSizes.size() - 1)]);
    for (char& c : wish.body) c = static_cast<char>(random());
    const std::string length = std::to_string(wish.body.size());
    wish.headers = {{"x-a", "1"}, {"content-length", length}, {"x-b", ""}, {"x-a", "2, 3"}, {"cookie", "k=v; l=w"}};
    const NotedCaller& bare = stage.answer(chains[0], wish);
    REQUIRE(bare.done());
    for (std::size_t i = 1; i < chains.size(); ++i) {
      const NotedCaller& decorated = stage.answer(chains[i], wish);
      INFO("round ", round, ", chain ", i, ", path ", wish.path, ", body ", wish.body.size());
      CHECK(decorated.status == bare.status);
      CHECK(decorated.headers == bare.headers);
      CHECK((decorated.body == bare.body));
      CHECK_FALSE(decorated.broken);
    }
  }
}

}  // namespace sojourn
