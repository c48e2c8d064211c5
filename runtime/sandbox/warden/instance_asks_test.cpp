// An instance that asks for something while its call runs; the test stands in for the gateway.
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/sandbox/protocol/payload.h"
#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

struct Ask {
  FrameHeader header;
  std::string function, method, path, query, headers, body;
};

struct Asking {
  Asking() : made(warden.adopt(std::string(SOJOURN_TEST_OBJECTS) + "/asks.so")), instance(begin()) {}
  TestInstance begin() {
    REQUIRE(made);
    REQUIRE(made->load("sojourn_entry_asks")->head.outcome == LoadOutcome::kOk);
    TestInstance forked = made->fork();
    REQUIRE(forked.start() == "");
    return forked;
  }

  TestInstance::Received next_frame(FrameType type) {
    auto frame = instance.read_frame();
    if (!frame) FAIL("the channel ended; its log: " << instance.read_log());
    CHECK(frame->header.type == type);
    return *frame;
  }
  Ask next_ask(FrameType type = FrameType::kNext) {
    const auto frame = next_frame(type);
    PayloadReader in(frame.payload);
    const auto head = in.fixed<NestedHead>();
    Ask ask;
    ask.header = frame.header;
    for (std::string* text : {&ask.function, &ask.method, &ask.path, &ask.query}) *text = in.text();
    for (std::uint32_t i = 0; i < head.header_count; ++i) {
      ask.headers.append(in.text()).append("=");
      ask.headers.append(in.text()).append(" ");
    }
    ask.body = in.rest();
    if ((frame.header.flags & kBodyFollows) != 0) gather(ask);
    CHECK(ask.body.size() == head.body_size);
    return ask;
  }
  void gather(Ask& ask) {
    for (;;) {
      const auto frame = instance.read_frame();
      REQUIRE(frame);
      CHECK(frame->header.stream == ask.header.stream);
      if (frame->header.type == FrameType::kBodyEnd) return;
      ask.body += frame->payload;
    }
  }

  void result(const FrameHeader& to, std::string_view body, int status = 200, int code = SJ_OK,
              std::uint16_t flags = 0) {
    std::string payload;
    PayloadWriter out(payload);
    const bool follows = body.size() > kInlineBodyMax;
    out.fixed(ResultHead{code, status, body.size(), code == SJ_OK ? 1u : 0u, 0});
    if (code == SJ_OK) {
      out.text("x-inner");
      out.text("1");
    }
    if (!follows) out.raw(body);
    const auto all = static_cast<std::uint16_t>(flags | (follows ? kBodyFollows : 0));
    instance.send_frame(FrameType::kResult, to.call, payload, to.stream, all);
    if (!follows) return;
    for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), kBodyChunkMax)))
      chunk(to, body.substr(0, kBodyChunkMax));
    instance.send_frame(FrameType::kBodyEnd, to.call, {}, to.stream);
  }
  void stream(const FrameHeader& to) { result(to, {}, 201, SJ_OK, kStreamed | kBodyFollows); }
  void chunk(const FrameHeader& to, std::string_view bytes) {
    instance.send_frame(FrameType::kBody, to.call, bytes, to.stream);
  }
  void outcome(const FrameHeader& to, int code, std::uint64_t number, std::string_view value) {
    std::string payload;
    PayloadWriter out(payload);
    out.fixed(OutcomeHead{code});
    out.fixed(number);
    out.text(value);
    instance.send_frame(FrameType::kOutcome, to.call, payload, to.stream);
  }

  WardenFixture warden;
  std::optional<TestTemplate> made;
  TestInstance instance;
};

std::string pattern(std::size_t size) {
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31 >> 3);
  return body;
}

}  // namespace

TEST_CASE("asks: a request goes inwards and its reply comes back, whole at every size") {
  Asking asking;
  for (const std::size_t size : {0u, 16u * 1024, 16u * 1024 + 1, 64u * 1024 + 1, 6u << 20}) {
    CAPTURE(size);
    const std::string body = pattern(size);
    asking.instance.send_call("/pass", "a=b", body);
    const Ask ask = asking.next_ask();
    CHECK(ask.header.stream == 1);
    CHECK(ask.method == "GET");
    CHECK(ask.path == "/pass");
    CHECK(ask.query == "a=b");
    CHECK(ask.headers == "x-test=1 ");
    CHECK(ask.body == body);
    asking.result(ask.header, body, 202);
    const auto reply = asking.instance.next_reply();
    REQUIRE(reply);
    CHECK(reply->status == 202);
    CHECK(reply->headers == "x-inner=1 x-passed=yes ");
    CHECK(reply->body == body);
  }
}

TEST_CASE("asks: next may be called more than once, and each has its number") {
  Asking asking;
  asking.instance.send_call("/twice");
  const Ask first = asking.next_ask();
  CHECK(first.path == "/one");
  CHECK(first.query == "x=1");
  asking.result(first.header, "1");
  const Ask second = asking.next_ask();
  CHECK(second.header.stream == 2);
  CHECK(second.method == "POST");
  CHECK(second.headers == "content-type=application/json x-second=yes ");
  CHECK(second.body == "body");
  asking.result(second.header, "2");
  CHECK(asking.instance.next_reply()->body == "1|2");
}

TEST_CASE("asks: calls queued ahead may fill the socket, and those taken back are left out") {
  Asking asking;
  asking.instance.send_call("/pass");
  const Ask ask = asking.next_ask();
  // Far more than the instance's buffer and the socket hold: it has to take them in while it waits.
  std::vector<std::uint64_t> calls;
  for (int i = 0; i < 60; ++i) {
    calls.push_back(
        asking.instance.send_call("/own", "", std::to_string(i) + std::string(i % 2 ? 30'000 : 15'000, 'x')));
  }
  int recalled = 0;
  for (std::size_t i = 0; i < calls.size(); i += 3) recalled += asking.instance.recall(calls[i]) ? 1 : 0;
  CHECK(recalled == 20);
  for (int i = 60; i < 62; ++i) asking.instance.send_call("/own", "", std::to_string(i) + std::string(30'000, 'x'));
  asking.result(ask.header, "inner");
  CHECK(asking.instance.next_reply()->body == "inner");
  for (int i = 0; i < 62; ++i) {
    if (i < 60 && i % 3 == 0) continue;
    const auto reply = asking.instance.next_reply();
    REQUIRE(reply);
    CHECK(reply->body.substr(0, reply->body.find('x')) == std::to_string(i));
  }
  CHECK(asking.instance.call("/own", "", "after").body == "after");
}

TEST_CASE("asks: when the client leaves, a wait ends and the next call is served") {
  Asking asking;
  const auto call = asking.instance.send_call("/pass");
  (void)asking.next_ask();
  asking.instance.send_frame(FrameType::kCancel, call);
  const auto reply = asking.instance.next_reply();
  REQUIRE(reply);
  CHECK(reply->status == 502);
  CHECK(reply->body == "next: the client has left\n");
  CHECK(reply->headers.find("x-cancelled=yes") != std::string::npos);
  asking.instance.send_call("/pass");
  asking.result(asking.next_ask().header, "again");
  CHECK(asking.instance.next_reply()->body == "again");
}

TEST_CASE("asks: an answer that stands before the cancel is the answer") {
  Asking asking;
  const auto call = asking.instance.send_call("/pass");
  const Ask ask = asking.next_ask();
  const std::string body = pattern(500'000);
  asking.result(ask.header, body);
  asking.instance.send_frame(FrameType::kCancel, call);
  CHECK(asking.instance.next_reply()->body == body);
}

TEST_CASE("asks: a code instead of a reply becomes a reply that says so") {
  Asking asking;
  asking.instance.send_call("/pass");
  asking.result(asking.next_ask().header, {}, 0, SJ_ETIME);
  const auto reply = asking.instance.next_reply();
  CHECK(reply->status == 504);
  CHECK(reply->body == "next: the deadline has passed\n");
}

TEST_CASE("asks: a streamed reply flows through within the credit that the instance gives") {
  Asking asking;
  asking.instance.send_call("/pass");
  const Ask ask = asking.next_ask();
  asking.stream(ask.header);
  const std::string body = pattern(1'000'000);
  std::size_t sent = 0, room = kStreamCreditStart;
  std::string received;
  for (bool open = true; open;) {
    while (sent < body.size() && room > 0) {
      const std::size_t size = std::min({room, body.size() - sent, std::size_t{10'000}});
      asking.chunk(ask.header, body.substr(sent, size));
      sent += size;
      room -= size;
      if (sent == body.size()) asking.instance.send_frame(FrameType::kBodyEnd, ask.header.call, {}, ask.header.stream);
    }
    const auto frame = asking.instance.read_frame();
    REQUIRE(frame);
    switch (frame->header.type) {
      case FrameType::kCredit:
        CHECK(frame->header.stream == ask.header.stream);
        room += PayloadReader(frame->payload).fixed<Credit>().bytes;
        CHECK(room <= kStreamCreditStart);
        break;
      case FrameType::kBody:
        received += frame->payload;
        asking.instance.give_credit(ask.header.call, static_cast<std::uint32_t>(frame->payload.size()));
        break;
      case FrameType::kReply:
        CHECK((frame->header.flags & kStreamed) != 0);
        CHECK(PayloadReader(frame->payload).fixed<ReplyHead>().status == 201);
        break;
      default:
        CHECK(frame->header.type == FrameType::kBodyEnd);
        open = false;
    }
  }
  CHECK(received == body);
  CHECK(asking.instance.call("/own", "", "next").body == "next");
}

TEST_CASE("asks: a decorator reads a stream and adds to it, and one that breaks off breaks its own") {
  Asking asking;
  for (const bool breaks : {false, true}) {
    asking.instance.send_call("/read");
    const Ask ask = asking.next_ask();
    asking.stream(ask.header);
    asking.chunk(ask.header, "ab");
    asking.instance.send_frame(breaks ? FrameType::kCancel : FrameType::kBodyEnd, ask.header.call, {},
                               ask.header.stream);
    std::string received;
    for (;;) {
      const auto frame = asking.instance.read_frame();
      REQUIRE(frame);
      if (frame->header.type == FrameType::kBody) received += frame->payload;
      if (frame->header.type != FrameType::kBodyEnd && frame->header.type != FrameType::kError) continue;
      CHECK((frame->header.type == FrameType::kError) == breaks);
      break;
    }
    CHECK(received == (breaks ? "abab" : "ababend"));
  }
}

TEST_CASE("asks: state may be used between the head of a stream and its body") {
  Asking asking;
  asking.instance.send_call("/count");
  const Ask ask = asking.next_ask();
  asking.stream(ask.header);
  asking.chunk(ask.header, "early ");
  const auto frame = asking.next_frame(FrameType::kState);
  CHECK(frame.header.stream == 2);
  asking.chunk(ask.header, "late");
  asking.outcome(frame.header, SJ_OK, 1, "41");
  asking.instance.send_frame(FrameType::kBodyEnd, ask.header.call, {}, ask.header.stream);
  std::string received;
  for (;;) {
    const auto next = asking.instance.read_frame();
    REQUIRE(next);
    if (next->header.type == FrameType::kReply) CHECK(next->payload.find("x-count") != std::string::npos);
    if (next->header.type == FrameType::kBody) received += next->payload;
    if (next->header.type == FrameType::kBodyEnd) break;
  }
  CHECK(received == "early late");
}

TEST_CASE("asks: a stream that is not read is given up before the next request") {
  Asking asking;
  asking.instance.send_call("/give-up");
  const Ask first = asking.next_ask();
  asking.stream(first.header);
  asking.chunk(first.header, "never read");
  const auto cancel = asking.next_frame(FrameType::kCancel);
  CHECK(cancel.header.stream == first.header.stream);
  const Ask second = asking.next_ask();
  CHECK(second.header.stream == 2);
  asking.chunk(first.header, "late");
  asking.result(second.header, "second");
  CHECK(asking.instance.next_reply()->body == "second");
}

TEST_CASE("asks: another function is called by its name, and a refusal is an exception") {
  Asking asking;
  asking.instance.send_call("/call", "", "in");
  const Ask ask = asking.next_ask(FrameType::kCallOut);
  CHECK(ask.function == "other@3");
  CHECK(ask.method == "POST");
  CHECK(ask.body == "in");
  asking.result(ask.header, "out", 201);
  CHECK(asking.instance.next_reply()->body == "201 out");
  asking.instance.send_call("/call");
  asking.result(asking.next_ask(FrameType::kCallOut).header, {}, 0, SJ_EDENIED);
  const auto refused = asking.instance.next_reply();
  CHECK(refused->failed);
  CHECK(refused->type == "sojourn::v1::Refused");
  CHECK(refused->body == "call other@3: this function's manifest does not allow it");
}

TEST_CASE("asks: state and leases") {
  Asking asking;
  asking.instance.send_call("/state");
  auto frame = asking.next_frame(FrameType::kState);
  PayloadReader get(frame.payload);
  CHECK(get.fixed<StateHead>().operation == SJ_STATE_GET);
  CHECK(get.text() == "key");
  asking.outcome(frame.header, SJ_EMISSING, 0, {});
  frame = asking.next_frame(FrameType::kState);
  PayloadReader set(frame.payload);
  CHECK(set.fixed<StateHead>().operation == SJ_STATE_SET);
  CHECK(set.text() == "key");
  CHECK(set.text() == "value");
  CHECK(set.at_end());
  asking.outcome(frame.header, SJ_OK, 1, {});
  frame = asking.next_frame(FrameType::kState);
  CHECK(frame.header.stream == 3);
  asking.outcome(frame.header, SJ_OK, 2, "12");
  CHECK(asking.instance.next_reply()->body == "none 12");

  for (const int code : {SJ_OK, SJ_ETAKEN}) {
    asking.instance.send_call("/lease");
    const auto lease = asking.next_frame(FrameType::kLease);
    PayloadReader in(lease.payload);
    CHECK(in.fixed<LeaseHead>().ttl_ms == 5000);
    CHECK(in.text() == "job");
    asking.outcome(lease.header, code, 77, {});
    CHECK(asking.instance.next_reply()->body == (code == SJ_OK ? "77" : "taken"));
  }
}

TEST_CASE("asks: a thousand requests, two in each call") {
  Asking asking;
  for (int round = 0; round < 500; ++round) {
    asking.instance.send_call("/twice");
    for (int i = 0; i < 2; ++i) asking.result(asking.next_ask().header, "x");
    CHECK(asking.instance.next_reply()->body == "x|x");
  }
}
