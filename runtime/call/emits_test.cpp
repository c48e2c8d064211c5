// What becomes of events that calls emit, behind the real walls.
#include <doctest/doctest.h>
#include <map>
#include <string>
#include <vector>

#include "runtime/call/guard.h"
#include "runtime/call/real_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// Notes what it is to keep, and answers when it is told to.
class NotedKeeper final : public EventKeeper {
 public:
  void commit(EmittedBy who, EmittedEvents events, Loop& loop, std::function<void(Status)> done) override {
    for (const EmittedEvent& event : events) {
      kept.push_back((event.queue.empty() ? "" : event.queue + "<-") + type_of(event));
      last = event;
    }
    ++commits;
    by = std::move(who);
    if (holds) {
      held = std::move(done);
      return;
    }
    loop.post([this, done = std::move(done)] { done(fault ? Status(*fault) : Status()); });
  }
  static std::string type_of(const EmittedEvent& event) {
    for (const auto& [name, value] : event.attributes) {
      if (name == "type") return value;
    }
    return {};
  }
  using Types = std::vector<std::string>;

  Types kept;
  int commits = 0;
  EmittedEvent last;
  EmittedBy by;
  std::optional<Error> fault;
  bool holds = false;
  std::function<void(Status)> held;
};

class EmitStage : public RealStage {
 public:
  EmitStage() : RealStage([this](RuntimeOptions& options) { adjust(options); }) {}

  std::shared_ptr<Version> emits(const std::string& name = "emits") {
    auto version = version_of("call-test-emits", "sojourn_entry_emits");
    version->function = name;
    version->config.emits = {"test.*"};
    version->config.enqueues = {"work"};
    version->config.timeout = 20s;
    return version;
  }
  ChainLink around() {
    auto version = version_of("call-test-emits", "sojourn_entry_around");
    version->function = "around";
    version->entry.kind = EntryKind::kDecorator;
    version->config.emits = {"around.after", "around.before"};
    return {"around", "around@1", version, nullptr};
  }
  static ChainPtr chain_of(std::vector<ChainLink> links, const VersionPtr& function) {
    links.push_back({function->function, function->function + "@1", function, nullptr});
    return std::make_shared<const Chain>(Chain{std::move(links)});
  }
  ChainPtr alone(const VersionPtr& function) { return chain_of({}, function); }

  NotedCaller& begin(const ChainPtr& chain, std::string path, std::string query = {}, std::string body = {}) {
    NotedCaller& caller = callers.emplace_back();
    RequestView request = request_;
    request.call_id = "call-7";
    request.traceparent = "trace-7";
    request.method = "POST";
    request.path = path;
    request.query = query;
    request.body = body;
    caller.handle = runtime->call(chain, request, chain->function().version->config.timeout, caller);
    return caller;
  }
  std::string outcome(const ChainPtr& chain, std::string path, std::string query = {}, std::string body = {}) {
    NotedCaller& caller = begin(chain, std::move(path), std::move(query), std::move(body));
    run_until([&] { return caller.done(); }, 30s);
    return caller.outcome();
  }

  NotedKeeper keeper;
  std::map<std::string, ChainPtr> others;
  RequestView request_;  // what begin() adds to

 private:
  void adjust(RuntimeOptions& options) {
    options.events = &keeper;
    options.resolve = [this](std::string_view reference) -> Result<ChainPtr> {
      const auto found = others.find(std::string(reference));
      if (found != others.end()) return found->second;
      return Error(ErrorCode::kFunctionNotFound, "there is no such function");
    };
  }
};

using Types = NotedKeeper::Types;

}  // namespace

TEST_CASE("emits: what a call emitted is kept before its reply goes out, in its order and at once") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  CHECK(stage.outcome(chain, "/fine") == "200 fine");
  CHECK(stage.keeper.commits == 0);

  stage.keeper.holds = true;
  NotedCaller& caller = stage.begin(chain, "/echo", "emit=test.b&enqueue=work&emit=test.a", std::string(20'000, 'y'));
  CHECK(stage.run_until([&] { return stage.keeper.commits == 1; }));
  CHECK(stage.keeper.kept == Types{"test.b", "work<-test.item", "test.a"});
  stage.run_for(50ms);
  CHECK_FALSE(caller.done());
  stage.keeper.held({});
  CHECK(caller.status == 200);
  CHECK(caller.body == std::string(20'000, 'y'));
  CHECK(std::count(caller.headers.begin(), caller.headers.end(),
                   std::pair<std::string, std::string>("x-kept", "yes")) == 1);
  CHECK(stage.keeper.last.data.size() == 20'000);
  CHECK(stage.keeper.by.version->function == "emits");
  CHECK(stage.keeper.by.call_id == "call-7");
  CHECK(stage.keeper.by.traceparent == "trace-7");
  CHECK(stage.keeper.by.cause.empty());
  CHECK(stage.keeper.by.hops == 0);
}

TEST_CASE("emits: of a call that fails nothing is kept") {
  EmitStage stage;
  auto version = stage.emits();
  const ChainPtr chain = stage.alone(version);
  CHECK(stage.outcome(chain, "/status", "emit=test.a&status=500") == "500 said so");
  CHECK(stage.outcome(chain, "/status", "emit=test.a&status=404") == "404 said so");
  CHECK(stage.outcome(chain, "/throw", "emit=test.a") == "function_threw");
  CHECK(stage.outcome(chain, "/refuse", "emit=test.a") == "422 never");
  CHECK(stage.outcome(chain, "/segv", "emit=test.a") == "function_crashed");
  auto hasty = stage.emits("hasty");
  hasty->config.timeout = 300ms;
  CHECK(stage.outcome(stage.alone(hasty), "/sleep", "emit=test.a") == "deadline");
  CHECK(stage.keeper.commits == 0);
  CHECK(stage.outcome(chain, "/status", "emit=test.a&status=302") == "302 said so");
  CHECK(stage.keeper.commits == 1);
}

TEST_CASE("emits: when the events cannot be kept the call fails, and says so") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  stage.keeper.fault = Error(ErrorCode::kStoreUnavailable, "the disk is full");
  CHECK(stage.outcome(chain, "/fine", "emit=test.a") == "store_unavailable");
  CHECK(stage.callers.back().failure->retry_after == 1s);
  CHECK(stage.callers.back().failure->text == "what the call emitted was not kept: the disk is full");
  stage.keeper.fault = Error(ErrorCode::kBadRequest, "time is none");
  CHECK(stage.outcome(chain, "/fine", "emit=test.a") == "function_threw");
  stage.keeper.fault = Error(ErrorCode::kStoreUnavailable, "the disk is full");
  CHECK(stage.outcome(chain, "/stream", "emit=test.a") == "200 first last");
  CHECK(stage.callers.back().broken->code() == ErrorCode::kStoreUnavailable);
  CHECK(stage.outcome(chain, "/fine") == "200 fine");
}

TEST_CASE("emits: a stream's events are kept before its end is passed on, and only when it came whole") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  stage.keeper.holds = true;
  NotedCaller& caller = stage.begin(chain, "/stream", "emit=test.a");
  CHECK(stage.run_until([&] { return stage.keeper.commits == 1; }));
  CHECK(caller.streaming);
  CHECK(caller.body == "first last");
  CHECK_FALSE(caller.done());
  stage.keeper.held({});
  CHECK(caller.done());
  CHECK_FALSE(caller.broken);
  stage.outcome(chain, "/broken-stream", "emit=test.a");
  CHECK(stage.callers.back().broken);
  CHECK(stage.outcome(chain, "/bad-stream", "emit=test.a") == "400 first last");
  CHECK(stage.keeper.commits == 1);
}

TEST_CASE("emits: what the manifest does not allow is denied, with the key that would") {
  EmitStage stage;
  auto version = stage.emits();
  const ChainPtr chain = stage.alone(version);
  CHECK(stage.outcome(chain, "/denied", "emit=test.a") == "200 emit other.type: the manifest's `emits` do not name it");
  CHECK(stage.keeper.kept == Types{"test.a"});
  CHECK(stage.lines.back() == "call-7|log|an event of the type `other.type` was denied: its `emits` do not name it");
  CHECK(stage.outcome(chain, "/fine", "enqueue=other") == "function_threw");
  CHECK(stage.outcome(chain, "/fine", "emit=test.") == "function_threw");
  CHECK(stage.outcome(chain, "/fine", "emit=testament") == "function_threw");
  CHECK(stage.keeper.commits == 1);
}

TEST_CASE("emits: a call emits no more than 256 events and 6 MiB") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  CHECK(stage.outcome(chain, "/many") == "200 256 -1");
  CHECK(stage.keeper.kept.size() == kEmittedEventsMax);
  CHECK(stage.outcome(chain, "/large") == "200 5 -1");
  CHECK(stage.keeper.kept.size() == kEmittedEventsMax + 5);
  CHECK(stage.lines.back().find("at most 256 events of 6 MiB together") != std::string::npos);
}

TEST_CASE("emits: attributes come as they were given, but for those that the platform sets") {
  EmitStage stage;
  CHECK(stage.outcome(stage.alone(stage.emits()), "/full") == "200 fine");
  const EmittedEvent& event = stage.keeper.last;
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  CHECK(event.attributes == Attributes{{"id", "7"},
                                       {"type", "test.full"},
                                       {"subject", "Zo\xC3\xAB"},
                                       {"tenant", "1"},
                                       {"datacontenttype", "text/plain"}});
  CHECK(event.source == "/functions/emits");
  CHECK(event.data == "data");
}

TEST_CASE("emits: a call for an event says so, and a collector gets what it emits") {
  EmitStage stage;
  const auto version = stage.emits();
  version->config.calls = {"other"};
  auto other = stage.emits("other");
  stage.others["other"] = stage.alone(other);
  const CauseView cause{"e-1", "c-1", 3};
  stage.request_.cause = &cause;
  CHECK(stage.outcome(stage.alone(other), "/fine", "emit=test.a") == "200 fine");
  CHECK(stage.keeper.by.cause == "e-1");
  CHECK(stage.keeper.by.correlation == "c-1");
  CHECK(stage.keeper.by.hops == 4);

  EmittedEvents collected;
  stage.request_.emits_into = &collected;
  CHECK(stage.outcome(stage.alone(other), "/fine", "emit=test.b") == "200 fine");
  CHECK(collected.size() == 1);
  CHECK(stage.keeper.commits == 1);
  CHECK(stage.outcome(stage.alone(other), "/throw", "emit=test.b") == "function_threw");
  CHECK(collected.size() == 1);
  // Through another function: that one's call is its own, for the same event.
  CHECK(stage.outcome(stage.alone(version), "/call", "emit=test.c") == "200 fine");
  CHECK(collected.size() == 2);
  CHECK(stage.keeper.commits == 2);
  CHECK(stage.keeper.by.version->function == "other");
  CHECK(stage.keeper.by.cause == "e-1");
}

TEST_CASE("emits: a collector that is let go of gets nothing more, and neither does anybody else") {
  EmitStage stage;
  EmittedEvents collected;
  stage.request_.emits_into = &collected;
  const auto version = stage.emits();
  version->config.instances.max = 1;
  const ChainPtr chain = stage.alone(version);
  NotedCaller& caller = stage.begin(chain, "/nap", "emit=test.a&emit=test.b");
  CHECK(stage.run_until([&] { return !stage.lines.empty(); }));
  caller.handle.reset();
  stage.request_.emits_into = nullptr;
  CHECK(stage.outcome(chain, "/fine") == "200 fine");
  CHECK(collected.empty());
  CHECK(stage.keeper.commits == 0);
}

TEST_CASE("emits: when the client has gone and the call ends well, its events are kept") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  stage.keeper.holds = true;
  NotedCaller& caller = stage.begin(chain, "/fine", "emit=test.a");
  CHECK(stage.run_until([&] { return stage.keeper.commits == 1; }));
  caller.handle.reset();
  stage.keeper.held({});
  CHECK_FALSE(caller.done());
  stage.keeper.holds = false;
  CHECK(stage.outcome(chain, "/fine", "emit=test.b") == "200 fine");
}

TEST_CASE("emits: a version that is retired while its events are being kept still answers") {
  EmitStage stage;
  const auto version = stage.emits();
  stage.keeper.holds = true;
  NotedCaller& caller = stage.begin(stage.alone(version), "/fine", "emit=test.a");
  CHECK(stage.run_until([&] { return stage.keeper.commits == 1; }));
  stage.runtime->retire(version);
  stage.run_until([&] { return stage.runtime->stats(version).instances == 0; });
  stage.run_for(200ms);
  stage.keeper.held({});
  CHECK(caller.outcome() == "200 fine");
}

TEST_CASE("emits: a chain's events are kept as one, when its outermost link has succeeded") {
  EmitStage stage;
  const ChainPtr chain = stage.chain_of({stage.around()}, stage.emits());
  CHECK(stage.outcome(chain, "/fine", "around=before&around=next&around=after&emit=test.a") == "200 fine");
  CHECK(stage.keeper.commits == 1);
  CHECK(stage.keeper.kept == Types{"around.before", "test.a", "around.after"});
  CHECK(stage.keeper.last.source == "/functions/around");
  CHECK(stage.outcome(chain, "/fine", "around=before&around=next&around=fail&emit=test.a") == "500 around failed");
  CHECK(stage.keeper.commits == 1);
}

TEST_CASE("emits: a guard between two links leaves their events together, and one around them the collector's") {
  struct Pass final : Guard {
    CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override {
      return inner(request, caller);
    }
  };
  EmitStage stage;
  const ChainLink guard{"pass", "pass", nullptr, std::make_shared<Pass>()};
  const ChainPtr chain = stage.chain_of({guard, stage.around(), guard}, stage.emits());
  const std::string_view query = "around=before&around=next&emit=test.a";
  CHECK(stage.outcome(chain, "/fine", std::string(query)) == "200 fine");
  CHECK(stage.keeper.commits == 1);
  CHECK(stage.keeper.kept == Types{"around.before", "test.a"});
  EmittedEvents collected;
  stage.request_.emits_into = &collected;
  CHECK(stage.outcome(chain, "/fine", std::string(query)) == "200 fine");
  CHECK(collected.size() == 2);
  CHECK(stage.keeper.commits == 1);
}

TEST_CASE("emits: an inner link that failed leaves nothing, whatever the links around it answer") {
  EmitStage stage;
  const ChainPtr chain = stage.chain_of({stage.around()}, stage.emits());
  CHECK(stage.outcome(chain, "/fine", "around=bad&around=next&emit=test.a") == "200 fine");
  CHECK(stage.keeper.kept == Types{"test.a"});
  CHECK(stage.outcome(chain, "/fine", "around=next&around=next&emit=test.b") == "200 fine");
  CHECK(stage.keeper.kept == Types{"test.a", "test.b", "test.b"});
  CHECK(stage.keeper.commits == 2);
}

TEST_CASE("emits: past the deadline of a chain nothing is kept") {
  EmitStage stage;
  const auto version = stage.emits();
  version->config.timeout = 500ms;
  const ChainPtr chain = stage.chain_of({stage.around()}, version);
  CHECK(stage.outcome(chain, "/sleep", "around=before&around=next&emit=test.a") == "deadline");
  stage.run_for(300ms);
  CHECK(stage.keeper.commits == 0);
}

TEST_CASE("emits: what a called function emitted is kept when that call ends well, whatever its caller does") {
  EmitStage stage;
  const auto version = stage.emits();
  version->config.calls = {"other"};
  const auto other = stage.emits("other");
  stage.others["other"] = stage.alone(other);
  const ChainPtr chain = stage.chain_of({stage.around()}, version);
  CHECK(stage.outcome(chain, "/call", "around=next&around=fail&emit=test.a") == "500 around failed");
  CHECK(stage.keeper.kept == Types{"test.a"});
  CHECK(stage.keeper.by.version->function == "other");
}

TEST_CASE("emits: the function is told the attempt and the key, as are the links around it") {
  EmitStage stage;
  stage.request_.attempt = 3;
  stage.request_.idempotency_key = "run.step";
  CHECK(stage.outcome(stage.alone(stage.emits()), "/facts") == "200 3 run.step");
  CHECK(stage.outcome(stage.chain_of({stage.around()}, stage.emits()), "/facts", "around=next") == "200 3 run.step");
}

TEST_CASE("emits: a reply of a function that gave up for good says so") {
  EmitStage stage;
  CHECK(stage.outcome(stage.alone(stage.emits()), "/refuse") == "422 never");
  CHECK(stage.callers.back().permanent);
  CHECK(stage.outcome(stage.chain_of({stage.around()}, stage.emits()), "/refuse", "around=next") == "422 never");
  CHECK(stage.callers.back().permanent);
  CHECK(stage.outcome(stage.alone(stage.emits()), "/status", "status=422") == "422 said so");
  CHECK_FALSE(stage.callers.back().permanent);
}

TEST_CASE("item file: the body is a file that can be read, for as long as the call runs") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  CHECK(stage.outcome(chain, "/item", {}, "the work") == "200 256 8 same read-only");
  CHECK(stage.outcome(chain, "/item", {}, std::string(1u << 20, 'x')) == "200 256 1048576 same read-only");
  CHECK(stage.outcome(chain, "/item") == "200 256 0 same read-only");
  CHECK(stage.outcome(chain, "/files") == "200 ");
}

TEST_CASE("item file: one that does not fit into /tmp says so and leaves nothing") {
  EmitStage stage;
  const auto version = stage.emits();
  version->config.tmp = 256u << 10;
  const ChainPtr chain = stage.alone(version);
  CHECK(stage.outcome(chain, "/item", {}, std::string(1u << 20, 'x')) == "function_threw");
  CHECK(stage.lines.back().find("item_file: the body does not fit into /tmp; see the manifest's `tmp`") !=
        std::string::npos);
  CHECK(stage.outcome(chain, "/files") == "200 ");
  CHECK(stage.outcome(chain, "/item", {}, "small") == "200 256 5 same read-only");
}

TEST_CASE("item file: an instance that dies leaves no file behind") {
  EmitStage stage;
  const ChainPtr chain = stage.alone(stage.emits());
  CHECK(stage.outcome(chain, "/item-crash", {}, "x") == "function_crashed");
  CHECK(stage.outcome(chain, "/files") == "200 ");
}

TEST_CASE("emits: without a keeper nothing can be emitted") {
  RealStage stage;
  auto version = stage.version_of("call-test-emits", "sojourn_entry_emits");
  version->config.emits = {"*"};
  CHECK(stage.outcome_of(version, "/fine") == "200 fine");
  CHECK(stage.outcome_of(version, "/denied").starts_with("501 "));
}

}  // namespace sojourn
