// Several objects in one template: a function with fused links around it.
#include <doctest/doctest.h>
#include <initializer_list>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <tuple>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

std::string object(std::string_view name) {
  return std::string(SOJOURN_TEST_OBJECTS) + "/" + std::string(name) + ".so";
}

// The function of fused_link.c with its decorator around it, once for each `with`, outermost first.
class Fused {
 public:
  explicit Fused(const std::vector<std::string>& withs) : made_(adopt(withs)) {
    std::vector<TestLink> links;
    for (const std::string& with : withs) links.push_back({"link_entry", with});
    const auto loaded = made_.load("inner_entry", links);
    REQUIRE(loaded);
    outcome = loaded->head.outcome;
    reason = loaded->reason;
  }

  TestInstance begin(const TestConfig& config = {}) {
    REQUIRE_MESSAGE(outcome == LoadOutcome::kOk, reason);
    TestInstance forked = made_.fork();
    REQUIRE(forked.start(config) == "");
    return forked;
  }

  TestTemplate& made() { return made_; }

  LoadOutcome outcome{};
  std::string reason;

 private:
  TestTemplate adopt(const std::vector<std::string>& withs) {
    auto made = warden_.adopt_chain(object("fused_link"), std::vector<std::string>(withs.size(), object("fused_link")));
    REQUIRE(made);
    return std::move(*made);
  }

  WardenFixture warden_;
  TestTemplate made_;
};

}  // namespace

TEST_CASE("fused: a request goes inwards and the reply outwards through every link") {
  Fused fused({"outer", "pass", "middle", "near"});
  TestInstance instance = fused.begin();
  const TestReply reply = instance.call("/echo", "a=b");
  CHECK(reply.status == 200);
  CHECK(reply.body == "GET /echo a=b 1 127.0.0.1");
  CHECK(reply.headers == "x-inner=1 x-tag=near x-tag=middle x-tag=outer ");
  const std::string large(3u << 20, 'x');
  CHECK(instance.call("/echo", "", large).body == large);
  CHECK(instance.call("/echo", "a=b").body == reply.body);
}

TEST_CASE("fused: the identity is the function's, the configuration the link's") {
  Fused fused({"show"});
  TestInstance instance = fused.begin();
  CHECK(instance.call("/facts").body == "200 | acts with {} in call-1 init 1 start 1");
}

TEST_CASE("fused: an object that stands in the chain twice has its statics, INIT and START twice") {
  Fused fused({"pass", "count"});
  CHECK(fused.made().read_log() == "info init {}\ninfo init count\ninfo init pass\n");
  TestInstance instance = fused.begin();
  CHECK(instance.call("/").body == "1 init 1 start 1");
  CHECK(instance.call("/").body == "2 init 1 start 1");
}

TEST_CASE("fused: log lines of a link carry its name") {
  Fused fused({"pass", "count"});
  TestInstance instance = fused.begin();
  CHECK(instance.call("/").log == std::vector<std::string>{"1 counting link=link@2"});
}

TEST_CASE("fused: what INIT or START of a link fails with is told with its name") {
  Fused init({"pass", "init-fails"});
  CHECK(init.outcome == LoadOutcome::kInitFailed);
  CHECK(init.reason == "link@2: my::error: no such option");
  Fused start({"start-fails", "pass"});
  REQUIRE(start.outcome == LoadOutcome::kOk);
  CHECK(start.made().fork().start() == "link@1: my::error: cannot begin");
}

TEST_CASE("fused: STOP runs in every object, the outermost first") {
  Fused fused({"a", "b"});
  TestInstance instance = fused.begin();
  const Grant none{0};
  instance.send_frame(FrameType::kGrant, 0, {reinterpret_cast<const char*>(&none), sizeof none});
  CHECK(instance.ended());
  CHECK(instance.read_log() == "stop a\nstop b\nstop {}\n");
}

TEST_CASE("fused: a link may answer itself, call next twice, and not after its reply") {
  Fused answers({"show", "answers"});
  CHECK(answers.begin().call("/echo").body == "200 | mine");
  Fused twice({"twice"});
  CHECK(twice.begin().call("/echo").body == "[GET /echo  1 127.0.0.1][GET /echo  1 127.0.0.1]");
  Fused late({"pass", "late"});
  const TestReply reply = late.begin().call("/echo");
  CHECK(reply.body == "done");
  CHECK(reply.log == std::vector<std::string>{"1 late next says -6 link=link@2"});
}

TEST_CASE("fused: a link changes the request, but not who the client is") {
  Fused fused({"stranger"});
  CHECK(fused.begin().call("/echo").body == "GET /changed  1 127.0.0.1");
}

TEST_CASE("fused: a failure is the same with links that hand it on as without them") {
  Fused bare({}), fused({"pass", "pass", "pass"});
  TestInstance one = bare.begin(), two = fused.begin();
  for (const char* path : {"/throw", "/no-room", "/not-found", "/silent"}) {
    CAPTURE(path);
    const TestReply expected = one.call(path), got = two.call(path);
    CHECK(expected.failed);
    CHECK(got.failed);
    CHECK(got.status == expected.status);
    CHECK(got.flags == expected.flags);
    CHECK(got.type == expected.type);
    CHECK(got.body == expected.body);
    CHECK(got.log.empty());
  }
  const std::string over = std::to_string((6u << 20) + 1);
  const TestReply expected = one.call("/big", over), got = two.call("/big", over);
  CHECK(got.flags == expected.flags);
  CHECK(got.body == expected.body);
  CHECK(two.call("/echo").status == 200);
}

TEST_CASE("fused: an inner failure is a response with its code, and goes to the log when it ends there") {
  Fused fused({"show"});
  TestInstance instance = fused.begin();
  const TestReply thrown = instance.call("/throw");
  CHECK(thrown.body ==
        R"(500 content-type=application/json x-sojourn-error=function_threw | {"error":{"code":"function_threw",)"
        R"("message":"the function threw an exception; its log has the type and the message","callId":"call-1"}})"
        "\n");
  CHECK(thrown.log == std::vector<std::string>{"3 my::error: from within link=acts@7"});
  CHECK(instance.call("/no-room").body.starts_with("502 content-type=application/json x-sojourn-error=out_of_memory"));
  CHECK(instance.call("/big", "10000000")
            .body.starts_with("502 content-type=application/json x-sojourn-error=broken_reply"));
  const TestReply answered = instance.call("/not-found");
  CHECK(answered.body == "404 content-type=text/plain; charset=utf-8 | no such thing");
  CHECK(answered.log.empty());
}

TEST_CASE("fused: a link that throws or says nothing fails the call, seen from outside it") {
  Fused outer({"throw"});
  const TestReply thrown = outer.begin().call("/echo");
  CHECK(thrown.failed);
  CHECK(thrown.body == "from the link");
  Fused inner({"show", "silent"});
  const TestReply silent = inner.begin().call("/echo");
  CHECK(silent.body.starts_with("500 content-type=application/json x-sojourn-error=function_threw"));
  CHECK(silent.log == std::vector<std::string>{"3 sojourn: the entry returned 7 without a reply link=link@2"});
}

TEST_CASE("fused: no inner link can speak as the platform or invent a status") {
  Fused fused({"show"});
  TestInstance instance = fused.begin();
  CHECK(instance.call("/echo").body == "200 x-inner=1 | GET /echo  1 127.0.0.1");
  CHECK(instance.call("/bad-status").body == "200 | -6");
}

TEST_CASE("fused: an inner stream is collected, within replyLimit, and the outermost link may stream") {
  Fused around({"around", "pass"});
  TestInstance instance = around.begin();
  const TestReply streamed = instance.call("/stream", "300000");
  CHECK(streamed.status == 200);
  CHECK(streamed.body == "<" + std::string(300000, 's') + ">");
  const TestReply echoed = instance.call("/echo");
  CHECK(echoed.body == "<GET /echo  1 127.0.0.1>");
  Fused pass({"pass"});
  TestConfig config;
  config.reply_limit = 100'000;
  TestInstance limited = pass.begin(config);
  CHECK(limited.call("/stream", "100000").body.size() == 100'000);
  const TestReply over = limited.call("/stream", "200000");
  CHECK(over.failed);
  CHECK((over.flags & kErrorReplyLimit) != 0);
  CHECK(over.body.find("replyLimit") != std::string::npos);
  Fused both({"around", "around"});
  CHECK(both.begin().call("/stream", "2000").body == "<<" + std::string(2000, 's') + ">>");
}

TEST_CASE("fused: a link that crashes ends the instance, and the claim page says which it was") {
  for (const auto& [withs, path, link] : std::initializer_list<std::tuple<std::vector<std::string>, const char*, int>>{
           {{"pass", "abort"}, "/echo", 2}, {{"pass", "pass"}, "/abort", 3}, {{"abort"}, "/echo", 1}}) {
    Fused fused(withs);
    TestInstance instance = fused.begin();
    instance.send_call(path);
    CHECK_FALSE(instance.next_reply());
    CHECK(instance.claims->link.load() == static_cast<std::uint32_t>(link));
  }
}

TEST_CASE("fused: a link that another one jumps over finds its call in order") {
  Fused fused({"jumped"});
  TestInstance instance = fused.begin();
  // The inner entry was left and never returned: it is still running as far as anybody knows.
  CHECK(instance.call("/jump").body == "jumped, next then says -6");
  CHECK(instance.call("/jump").body == "jumped, next then says -6");
}

TEST_CASE("fused: an inner link that got hold of an outer call cannot run itself again") {
  Fused fused({"publish"});
  CHECK(fused.begin().call("/wrong-call").body == "-6");
}

TEST_CASE("fused: objects of the SDK share no inline variable, and exceptions stay in their object") {
  WardenFixture warden;
  auto made = warden.adopt_chain(object("fused_sdk_inner"), {object("fused_sdk_link"), object("fused_sdk_link")});
  REQUIRE(made);
  const auto loaded =
      made->load("sojourn_entry_sdk_inner", {{"sojourn_entry_sdk_link", "a"}, {"sojourn_entry_sdk_link", "b"}});
  REQUIRE(loaded);
  REQUIRE_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  TestInstance instance = made->fork();
  REQUIRE(instance.start() == "");
  const TestReply reply = instance.call("/");
  CHECK(reply.body == "100");
  CHECK(reply.headers == "content-type=text/plain; charset=utf-8 x-calls=1 b x-calls=1 a ");
  CHECK(instance.call("/event").body == "data: one\n\ndata: two\n\n");
  // Each catches its own type, and nobody that of another object, whatever its name is.
  const TestReply inner = instance.call("/throws");
  CHECK(inner.status == 500);
  CHECK(inner.log == std::vector<std::string>{"3 Trouble: the inner one link=acts@7"});
  CHECK(instance.call("/", "throws-after").body == "caught after next");
  const TestReply outer = instance.call("/", "outer-throws");
  CHECK(outer.failed);
  CHECK(outer.type == "Trouble");
  CHECK(instance.call("/missing").status == 404);
}

TEST_CASE("fused: what is thrown out of an entry reaches no other link and ends the instance") {
  WardenFixture warden;
  auto made = warden.adopt_chain(object("fused_sdk_inner"), {object("fused_sdk_link"), object("fused_sdk_link")});
  REQUIRE(made);
  const auto loaded =
      made->load("sojourn_entry_sdk_inner", {{"sojourn_entry_sdk_link", "catches"}, {"raw_entry", "throws"}});
  REQUIRE(loaded);
  REQUIRE_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  TestInstance instance = made->fork();
  REQUIRE(instance.start() == "");
  instance.send_call("/");
  CHECK_FALSE(instance.next_reply());
  CHECK(instance.claims->link.load() == 2);
  const auto exit = made->next_exit();
  REQUIRE(exit);
  CHECK(WIFSIGNALED(exit->status));
  CHECK(WTERMSIG(exit->status) == SIGABRT);
}

TEST_CASE("fused: an object that is no decorator is refused by name") {
  WardenFixture warden;
  auto made = warden.adopt_chain(object("fused_link"), {object("fused_link")});
  REQUIRE(made);
  const auto loaded = made->load("inner_entry", {{"inner_entry", ""}});
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kNoEntry);
  CHECK(loaded->reason == "link@1: inner_entry is not the entry of a decorator");
}

TEST_CASE("fused: an object that takes another one's name to be loaded in its place is refused") {
  WardenFixture warden;
  auto made = warden.adopt_chain(object("fused_namesake"), {object("fused_link")});
  REQUIRE(made);
  const auto loaded = made->load("inner_entry", {{"link_entry", "pass"}});
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kDlopenFailed);
  CHECK(loaded->reason == "link@1: the loader takes it for the object of acts@7");
}

TEST_CASE("fused: a thread left by a link is found, and told with its name") {
  WardenFixture warden;
  auto made = warden.adopt_chain(object("load3"), {object("fused_link")});
  REQUIRE(made);
  const auto loaded = made->load("load_entry", {{"link_entry", "pass"}});
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kThreadStarted);
  CHECK(loaded->reason.starts_with("acts@7: it starts a thread"));
}

TEST_CASE("fused: an adoption that does not come with what it names is refused, and the next one works") {
  WardenFixture warden;
  AdoptMoreRequest stray{};
  stray.index = 2;
  stray.id = 77;
  for (int times = 0; times < 100; ++times) warden.send_message(&stray, sizeof stray);
  AdoptReply refusal{};
  CHECK_FALSE(warden.adopt(object("fused_link"), {}, &refusal));
  CHECK(refusal.error != 0);
  auto made = warden.adopt_chain(object("fused_link"), std::vector<std::string>(8, object("fused_link")));
  REQUIRE(made);
  const auto loaded = made->load("inner_entry", std::vector<TestLink>(8, {"link_entry", "pass"}));
  REQUIRE(loaded);
  CHECK_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  CHECK(eventually([&] { return warden.stems() >= 1; }));
  CHECK_FALSE(warden.adopt_chain(object("fused_link"), std::vector<std::string>(9, object("fused_link")), &refusal));
}
