// What an instance may ask for, and what becomes of one that asks wrongly. The test is the instance.
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/instance.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// A call that notes what is asked, and answers it as the test says.
struct NotedCall final : InstanceCall {
  std::string_view call_id() const override { return "call-1"; }
  void on_call_reply(const ParsedReply& reply) override { ended = "reply " + std::string(reply.body); }
  void on_call_error(const ReportedError&) override { ended = "error"; }
  void on_call_failed(const Error& error) override { ended = error.text(); }
  void on_call_stream_begin(const ParsedReply&) override {}
  void on_call_stream_chunk(std::string_view) override {}
  void on_call_stream_end(const std::optional<Error>&) override { ended = "stream"; }

  int on_call_asks(const NestedAsk& ask) override {
    asked.push_back(std::string(ask.function) + " " + std::string(ask.method) + " " + std::string(ask.path));
    for (const HeaderField& field : ask.headers)
      asked.back().append(" ").append(field.name).append("=").append(field.value);
    body = ask.body;
    return answer ? answer() : SJ_EUNAVAILABLE;
  }
  int on_call_asks_state(const StateAsk& ask) override {
    asked.push_back("state " + std::string(ask.key));
    return answer ? answer() : SJ_EUNAVAILABLE;
  }
  int on_call_asks_lease(const LeaseAsk& ask) override {
    asked.push_back("lease " + std::string(ask.name));
    return SJ_ETAKEN;
  }
  std::uint64_t nested_body_limit(const NestedAsk&) override { return 1u << 20; }
  void on_call_result_consumed(std::size_t bytes) override { consumed += bytes; }
  void on_call_result_dropped() override { ++dropped; }

  std::function<int()> answer;
  std::vector<std::string> asked;
  std::string body;
  std::string ended;
  std::size_t consumed = 0;
  int dropped = 0;
};

struct Stage final : InstanceOwner {
  Stage() : instance(loop, scratch, *this, profile, 1, take_ends()) {
    instance.begin();
    const Hello hello{SJ_ABI_MAJOR, SJ_ABI_MINOR};
    send(FrameType::kHello, 0, bytes_of(hello));
    send(FrameType::kReady, 0, bytes_of(ReadyHead{0}) + std::string(4, '\0'));
    turn();
    REQUIRE(instance.state() == Instance::State::kReady);
    call.timeout = 10s;
    call.frames.append(bytes_of(frame(FrameType::kCall, 0, sizeof(CallHead))));
    call.frames.append(std::string(sizeof(CallHead), '\0'));
    instance.send(call, std::chrono::steady_clock::now());
    turn();
    (void)received();
    far.claims->word(0).store(claim_word(call.number, ClaimState::kStarted));
  }
  static InstanceProfile limits() {
    InstanceProfile profile;
    profile.config_frame = "config";
    profile.reply_limit = 1u << 20;
    profile.log_limit = 1u << 16;
    return profile;
  }
  InstanceEnds take_ends() {
    auto made = make_instance_ends();
    REQUIRE(made.ok());
    far = std::move(made->far);
    return std::move(*made);
  }

  template <class T>
  static std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
  FrameHeader frame(FrameType type, std::uint32_t stream, std::size_t length, std::uint16_t flags = 0) const {
    FrameHeader header;
    header.type = type;
    header.flags = flags;
    header.length = static_cast<std::uint32_t>(length);
    header.stream = stream;
    header.call = call.number;
    return header;
  }
  void send(FrameType type, std::uint32_t stream, const std::string& payload = {}, std::uint16_t flags = 0) {
    const std::string bytes = bytes_of(frame(type, stream, payload.size(), flags)) + payload;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count =
          ::send(far.channel.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) sent += static_cast<std::size_t>(count);
      if (count < 0 && instance.state() >= Instance::State::kDying) return;
      if (count < 0) turn();
    }
  }
  // Lets the gateway do what there is to do.
  void turn() {
    Timer stop(loop);
    stop.start(1ms, [this] { loop.stop(); });
    loop.run();
  }
  // All that has come from the gateway.
  std::string received() {
    std::string all;
    char bytes[65536];
    for (ssize_t count; (count = ::recv(far.channel.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(count));
    }
    return all;
  }
  struct Answer {
    FrameHeader header;
    std::string payload;
  };
  std::vector<Answer> answers() {
    turn();
    std::vector<Answer> frames;
    std::string bytes = received();
    while (bytes.size() >= sizeof(FrameHeader)) {
      Answer answer;
      std::memcpy(&answer.header, bytes.data(), sizeof answer.header);
      answer.payload = bytes.substr(sizeof(FrameHeader), answer.header.length);
      bytes.erase(0, sizeof(FrameHeader) + answer.header.length);
      frames.push_back(std::move(answer));
    }
    return frames;
  }
  // The code of the one answer that came.
  int code() {
    const auto frames = answers();
    REQUIRE(frames.size() == 1);
    return PayloadReader(frames[0].payload).fixed<OutcomeHead>().code;
  }
  bool lives() const { return instance.state() == Instance::State::kReady; }
  // What ended the call, if the instance is being killed for it.
  std::string violation() {
    turn();
    return lives() ? "none" : call.ended;
  }

  void on_instance_ready(Instance&) override {}
  void on_instance_progress(Instance&, int) override {}
  void on_instance_returns(Instance&, InstanceCall&) override {}
  void on_instance_line(Instance&, const InstanceLine&) override {}
  void on_instance_state(Instance&) override {}
  void kill_instance(Instance&) override {}
  void on_instance_gone(Instance&) override {}

  Loop loop;
  InstanceScratch scratch;
  InstanceProfile profile = limits();
  FarEnds far;
  NotedCall call;
  Instance instance;
};

std::string nested(std::string_view function, std::string_view method, std::string_view path,
                   std::string_view body = {}, std::vector<std::pair<std::string, std::string>> headers = {},
                   std::optional<std::uint64_t> size = {}) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(NestedHead{size.value_or(body.size()), static_cast<std::uint32_t>(headers.size()), 0});
  for (const std::string_view text : {function, method, path, std::string_view()}) out.text(text);
  for (const auto& [name, value] : headers) {
    out.text(name);
    out.text(value);
  }
  out.raw(body);
  return payload;
}
const std::string kPlain = nested("", "GET", "/");

std::string credit(std::uint32_t bytes) {
  return Stage::bytes_of(Credit{bytes});
}

}  // namespace

TEST_CASE("asks: a request is heard with its fields cleaned, and its answer goes back under its number") {
  Stage stage;
  stage.call.answer = [&] {
    const HeaderField field{"x-a", "1"};
    stage.instance.send_result(stage.call, {201, {&field, 1}, "reply"});
    return SJ_OK;
  };
  stage.send(FrameType::kNext, 1,
             nested("", "POST", "/p", "body",
                    {{"X-Upper", " v "}, {"Connection", "close"}, {"content-length", "9"}, {"Content-Length", "4"}}));
  const auto frames = stage.answers();
  REQUIRE(stage.call.asked.size() == 1);
  CHECK(stage.call.asked[0] == " POST /p x-upper=v content-length=4");
  CHECK(stage.call.body == "body");
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].header.type == FrameType::kResult);
  CHECK(frames[0].header.stream == 1);
  PayloadReader in(frames[0].payload);
  const auto head = in.fixed<ResultHead>();
  CHECK(head.code == SJ_OK);
  CHECK(head.status == 201);
  CHECK(in.text() == "x-a");
  CHECK(in.text() == "1");
  CHECK(in.rest() == "reply");
  CHECK_FALSE(stage.instance.asking());
}

TEST_CASE("asks: bodies come in pieces and go back in pieces") {
  Stage stage;
  const std::string body(1u << 20, 'b');
  stage.call.answer = [&] {
    stage.instance.send_result(stage.call, {200, {}, stage.call.body});
    return SJ_OK;
  };
  stage.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, body.size()), kBodyFollows);
  for (std::size_t at = 0; at < body.size(); at += kBodyChunkMax) {
    stage.send(FrameType::kBody, 1, body.substr(at, kBodyChunkMax));
  }
  stage.send(FrameType::kBodyEnd, 1);
  std::string back;
  bool ended = false;
  for (int turns = 0; turns < 1000 && !ended; ++turns) {
    stage.turn();
    back += stage.received();
    ended = back.size() >= body.size() + 18 * sizeof(FrameHeader) + sizeof(ResultHead);
  }
  CHECK(ended);
  CHECK(stage.call.body.size() == body.size());
}

TEST_CASE("asks: a refusal goes back as its code, and the instance lives") {
  Stage stage;
  stage.send(FrameType::kNext, 1, kPlain);
  CHECK(stage.code() == SJ_EUNAVAILABLE);
  stage.send(FrameType::kCallOut, 2, nested("other", "GET", "/"));
  CHECK(stage.code() == SJ_EUNAVAILABLE);
  CHECK(stage.call.asked.back() == "other GET /");
  stage.send(FrameType::kLease, 3, Stage::bytes_of(LeaseHead{1000}) + std::string("\3\0\0\0job", 7));
  CHECK(stage.code() == SJ_ETAKEN);
  CHECK(stage.lives());
}

TEST_CASE("asks: what HTTP does not allow, and numbers out of range, are the function's mistake and no violation") {
  Stage stage;
  std::uint32_t number = 0;
  for (const std::string& payload :
       {nested("", "", "/"), nested("", "G T", "/"), nested("", std::string(33, 'A'), "/"), nested("", "GET", "x"),
        nested("", "GET", ""), nested("", "GET", "/a\r\nb"), nested("", "GET", "/", {}, {{"a b", "1"}}),
        nested("", "GET", "/", {}, {{"a", "1\r\nb: 2"}}), nested("", "GET", "/", {}, {{"", "1"}})}) {
    stage.send(FrameType::kNext, ++number, payload);
    CHECK(stage.code() == SJ_EINVAL);
  }
  stage.send(FrameType::kState, ++number,
             Stage::bytes_of(StateHead{99, 0, 0, 0}) + std::string("\1\0\0\0k\0\0\0\0", 9));
  CHECK(stage.code() == SJ_EINVAL);
  stage.send(FrameType::kState, ++number,
             Stage::bytes_of(StateHead{1, 0, -5, 0}) + std::string("\1\0\0\0k\0\0\0\0", 9));
  CHECK(stage.code() == SJ_EINVAL);
  stage.send(FrameType::kLease, ++number, Stage::bytes_of(LeaseHead{0}) + std::string("\1\0\0\0k", 5));
  CHECK(stage.code() == SJ_EINVAL);
  CHECK(stage.call.asked.empty());
  CHECK(stage.lives());
}

TEST_CASE("asks: a body over the callee's limit is refused at once, and what still comes of it is forgotten") {
  Stage stage;
  stage.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, (1u << 20) + 1), kBodyFollows);
  CHECK(stage.code() == SJ_ELIMIT);
  for (int i = 0; i < 16; ++i) stage.send(FrameType::kBody, 1, std::string(65536, 'x'));
  stage.send(FrameType::kBody, 1, "x");
  stage.send(FrameType::kBodyEnd, 1);
  stage.send(FrameType::kNext, 2, kPlain);
  CHECK(stage.code() == SJ_EUNAVAILABLE);
  CHECK(stage.call.asked.size() == 1);
}

TEST_CASE("hostile asks: each of these ends the instance") {
  using Attack = std::function<void(Stage&)>;
  const auto waits = [](Stage& stage) { stage.call.answer = [] { return SJ_OK; }; };
  const struct {
    const char* what;
    Attack attack;
  } kAttacks[] = {
      {"number 0", [](Stage& s) { s.send(FrameType::kNext, 0, kPlain); }},
      {"a number out of turn", [](Stage& s) { s.send(FrameType::kNext, 2, kPlain); }},
      {"a number used again",
       [](Stage& s) { s.send(FrameType::kNext, 1, kPlain), s.send(FrameType::kNext, 1, kPlain); }},
      {"two at once",
       [&](Stage& s) { waits(s), s.send(FrameType::kNext, 1, kPlain), s.send(FrameType::kNext, 2, kPlain); }},
      {"state while next waits",
       [&](Stage& s) {
         waits(s);
         s.send(FrameType::kNext, 1, kPlain);
         s.send(FrameType::kState, 2, Stage::bytes_of(StateHead{1, 0, 0, 0}) + std::string("\1\0\0\0k\0\0\0\0", 9));
       }},
      {"a request before its body ended",
       [](Stage& s) {
         s.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, 100), kBodyFollows);
         s.send(FrameType::kNext, 2, kPlain);
       }},
      {"a body that is longer than it says",
       [](Stage& s) {
         s.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, 100), kBodyFollows);
         s.send(FrameType::kBody, 1, std::string(101, 'x'));
       }},
      {"a body that is shorter than it says",
       [](Stage& s) {
         s.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, 100), kBodyFollows);
         s.send(FrameType::kBodyEnd, 1);
       }},
      {"a body of no request", [](Stage& s) { s.send(FrameType::kBody, 1, "x"); }},
      {"a body of another request",
       [](Stage& s) {
         s.send(FrameType::kNext, 1, nested("", "POST", "/", {}, {}, 100), kBodyFollows);
         s.send(FrameType::kBody, 2, "x");
       }},
      {"an inline body that is not as long as it says",
       [](Stage& s) { s.send(FrameType::kNext, 1, nested("", "POST", "/", "abc", {}, 100)); }},
      {"a next that names a function", [](Stage& s) { s.send(FrameType::kNext, 1, nested("x", "GET", "/")); }},
      {"a call that names none", [](Stage& s) { s.send(FrameType::kCallOut, 1, kPlain); }},
      {"a head cut short", [](Stage& s) { s.send(FrameType::kNext, 1, kPlain.substr(0, kPlain.size() - 3)); }},
      {"more fields than allowed",
       [](Stage& s) {
         s.send(FrameType::kNext, 1,
                nested("", "GET", "/", {}, std::vector(201, std::pair<std::string, std::string>("a", "b"))));
       }},
      {"a field count that is not there",
       [](Stage& s) {
         std::string payload = kPlain;
         payload[8] = 100;
         s.send(FrameType::kNext, 1, payload);
       }},
      {"a state cut short", [](Stage& s) { s.send(FrameType::kState, 1, "x"); }},
      {"a lease cut short", [](Stage& s) { s.send(FrameType::kLease, 1, "x"); }},
      {"credit for nothing", [](Stage& s) { s.send(FrameType::kCredit, 1, credit(1)); }},
      {"a cancel of nothing", [](Stage& s) { s.send(FrameType::kCancel, 7); }},
      {"a request in the middle of a reply",
       [](Stage& s) {
         s.send(FrameType::kReply, 0, Stage::bytes_of(ReplyHead{200, 0, 10}), kBodyFollows);
         s.send(FrameType::kNext, 1, kPlain);
       }},
  };
  for (const auto& row : kAttacks) {
    CAPTURE(row.what);
    Stage stage;
    row.attack(stage);
    CHECK(stage.violation().find("broke the rules of its channel") != std::string::npos);
  }
}

TEST_CASE("asks: a stream goes out within its credit, and more credit than was sent is a violation") {
  Stage stage;
  stage.call.answer = [&] {
    stage.instance.begin_result(stage.call, {200, {}, {}});
    stage.instance.send_result_chunk(stage.call, std::string(1000, 'x'));
    return SJ_OK;
  };
  stage.send(FrameType::kNext, 1, kPlain);
  CHECK(stage.answers().size() == 2);
  CHECK(stage.instance.asking());
  stage.send(FrameType::kCredit, 1, credit(600));
  stage.send(FrameType::kCredit, 1, credit(400));
  stage.turn();
  CHECK(stage.call.consumed == 1000);
  CHECK(stage.lives());
  stage.instance.end_result(stage.call, ResultEnd::kWhole);
  CHECK(stage.answers().at(0).header.type == FrameType::kBodyEnd);
  stage.send(FrameType::kCredit, 1, credit(1));
  CHECK(stage.violation().find("CREDIT") != std::string::npos);
}

TEST_CASE("asks: state may be asked for while a stream is read, but nothing else, and not twice") {
  const std::string get = Stage::bytes_of(StateHead{SJ_STATE_GET, 0, 0, 0}) + std::string("\1\0\0\0k\0\0\0\0", 9);
  for (const bool twice : {false, true}) {
    Stage stage;
    int asks = 0;
    stage.call.answer = [&] {
      if (asks++ == 0) stage.instance.begin_result(stage.call, {200, {}, {}});
      return SJ_OK;
    };
    stage.send(FrameType::kNext, 1, kPlain);
    stage.turn();
    stage.send(FrameType::kState, 2, get);
    stage.turn();
    CHECK(stage.call.asked.back() == "state k");
    stage.instance.send_result_chunk(stage.call, "piece");
    if (twice) {
      stage.send(FrameType::kState, 3, get);
      CHECK(stage.violation().find("while another one is under way") != std::string::npos);
      continue;
    }
    stage.instance.send_outcome(stage.call, SJ_OK, 7, "value");
    const auto frames = stage.answers();
    REQUIRE(frames.size() == 3);
    CHECK(frames[1].header.type == FrameType::kBody);
    CHECK(frames[1].header.stream == 1);
    CHECK(frames[2].header.type == FrameType::kOutcome);
    CHECK(frames[2].header.stream == 2);
    stage.send(FrameType::kCredit, 1, credit(5));
    stage.turn();
    CHECK(stage.call.consumed == 5);
    stage.send(FrameType::kNext, 3, kPlain);
    CHECK(stage.violation().find("while another one is under way") != std::string::npos);
  }
}

TEST_CASE("asks: a stream that is given up takes nothing more, and the next request is heard") {
  Stage stage;
  stage.call.answer = [&] {
    stage.instance.begin_result(stage.call, {200, {}, {}});
    return SJ_OK;
  };
  stage.send(FrameType::kNext, 1, kPlain);
  stage.turn();
  stage.send(FrameType::kCancel, 1);
  stage.turn();
  CHECK(stage.call.dropped == 1);
  stage.instance.send_result_chunk(stage.call, "late");
  stage.instance.end_result(stage.call, ResultEnd::kBroken);
  CHECK(stage.answers().size() == 1);
  stage.send(FrameType::kNext, 2, kPlain);
  CHECK(stage.answers().size() == 1);
  CHECK(stage.call.asked.size() == 2);
}

TEST_CASE("asks: answers that are late, or for a call that is over, go nowhere") {
  Stage stage;
  stage.call.answer = [] { return SJ_OK; };
  stage.send(FrameType::kNext, 1, kPlain);
  stage.turn();
  CHECK(stage.instance.asking());
  CHECK_FALSE(stage.instance.abandon(stage.call));
  stage.instance.send_result(stage.call, {200, {}, "late"});
  const auto frames = stage.answers();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].header.type == FrameType::kCancel);
  stage.send(FrameType::kReply, 0, Stage::bytes_of(ReplyHead{200, 0, 0}));
  stage.turn();
  CHECK(stage.call.ended == "reply ");
  stage.instance.send_outcome(stage.call, SJ_OK, 1, "late");
  CHECK(stage.answers().empty());
}

TEST_CASE("hostile asks: one that asks again and reads nothing is stopped before its answers pile up") {
  Stage stage;
  const std::string body(1u << 20, 'x');
  stage.call.answer = [&] {
    stage.instance.send_result(stage.call, {200, {}, body});
    return SJ_OK;
  };
  for (std::uint32_t number = 1; number < 100 && stage.lives(); ++number) {
    stage.send(FrameType::kNext, number, kPlain);
    stage.turn();
  }
  CHECK(stage.call.asked.size() == 1);
  CHECK(stage.violation().find("before it has read the answer") != std::string::npos);
}

TEST_CASE("hostile asks: a hundred thousand requests cost no memory of the gateway") {
  Stage stage;
  constexpr std::uint32_t kRequests = 100'000;
  std::string batch;
  for (std::uint32_t number = 1; number <= kRequests; ++number) {
    batch += Stage::bytes_of(stage.frame(FrameType::kNext, number, kPlain.size())) + kPlain;
    if (number % 200 != 0) continue;
    REQUIRE(::send(stage.far.channel.get(), batch.data(), batch.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(batch.size()));
    batch.clear();
    for (std::size_t got = 0; got < 200 * (sizeof(FrameHeader) + sizeof(ResultHead));) {
      stage.instance.poll();
      stage.turn();
      got += stage.received().size();
      REQUIRE(stage.lives());
    }
    stage.call.asked.clear();
  }
  CHECK(stage.lives());
}

TEST_CASE("asks: a call that streams or has asked is not taken back, whatever its claim word says") {
  for (const bool streams : {true, false}) {
    CAPTURE(streams);
    Stage stage;
    stage.far.claims->word(0).store(claim_word(stage.call.number, ClaimState::kQueued));
    if (streams) {
      stage.send(FrameType::kReply, 0, Stage::bytes_of(ReplyHead{200, 0, 0}), kStreamed | kBodyFollows);
    } else {
      stage.send(FrameType::kState, 1,
                 Stage::bytes_of(StateHead{SJ_STATE_GET, 0, 0, 0}) + std::string("\1\0\0\0k\0\0\0\0", 9));
    }
    stage.turn();
    CHECK_FALSE(stage.instance.abandon(stage.call));
    stage.far.channel.reset();
    stage.turn();
    CHECK(stage.instance.depth() == 1);  // it waits for the reason of the end, and is not handed to another instance
  }
}

}  // namespace sojourn
