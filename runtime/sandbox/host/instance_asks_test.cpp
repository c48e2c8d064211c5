// What an instance may ask for, and what becomes of one that asks wrongly. The test is the instance.
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/sandbox/host/asking_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

using Stage = AskingStage;

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
