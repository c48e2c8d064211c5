// Events that an instance hands over, well formed and otherwise.
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sandbox/host/asking_stage.h"

namespace sojourn {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

std::string emitted(const Attributes& attributes, std::string_view data = {}, std::string_view queue = {},
                    std::optional<std::uint64_t> size = {}) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(EmitHead{size.value_or(data.size()), static_cast<std::uint32_t>(attributes.size()), 0});
  out.text(queue);
  for (const auto& [name, value] : attributes) {
    out.text(name);
    out.text(value);
  }
  out.raw(data);
  return payload;
}

using Asked = std::vector<std::string>;

}  // namespace

TEST_CASE("emits: an event is heard without what the platform sets, and answered under its number") {
  AskingStage stage;
  stage.send(FrameType::kEmit, 1,
             emitted({{"type", "a.b"},
                      {"source", "/forged"},
                      {"specversion", "0.1"},
                      {"sojournhops", "0"},
                      {"causationid", "x"},
                      {"tenant", "7"}},
                     "data"));
  CHECK(stage.code() == SJ_OK);
  CHECK(stage.call.asked == Asked{"may emit :4", "emit type=a.b tenant=7"});
  CHECK(stage.call.body == "data");
  stage.send(FrameType::kEmit, 2, emitted({{"type", "a.b"}}, {}, "work"));
  CHECK(stage.code() == SJ_OK);
  CHECK(stage.call.asked[2] == "may emit work:0");
  CHECK(stage.lives());
}

TEST_CASE("emits: long data comes in pieces") {
  AskingStage stage;
  stage.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 130'000), kBodyFollows);
  stage.send(FrameType::kBody, 1, std::string(65'000, 'a'));
  CHECK(stage.answers().empty());
  stage.send(FrameType::kBody, 1, std::string(65'000, 'b'));
  stage.send(FrameType::kBodyEnd, 1);
  CHECK(stage.code() == SJ_OK);
  CHECK(stage.call.body.size() == 130'000);
  CHECK(stage.call.body.back() == 'b');
  CHECK(stage.call.asked.back() == "emit type=t");
}

TEST_CASE("emits: one that is denied is answered at once, and what still comes of it is forgotten") {
  AskingStage stage;
  stage.call.answer = [] { return SJ_EDENIED; };
  stage.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 100'000), kBodyFollows);
  CHECK(stage.code() == SJ_EDENIED);
  stage.send(FrameType::kBody, 1, std::string(50'000, 'a'));
  stage.send(FrameType::kBody, 1, std::string(50'000, 'a'));
  stage.send(FrameType::kBodyEnd, 1);
  CHECK(stage.answers().empty());
  stage.call.answer = nullptr;
  stage.send(FrameType::kEmit, 2, emitted({{"type", "t"}}));
  CHECK(stage.code() == SJ_OK);
  CHECK(stage.call.asked.size() == 3);
}

TEST_CASE("emits: attributes that CloudEvents do not allow are the function's mistake and no violation") {
  const Attributes kRefused[] = {
      {},
      {{"type", ""}},
      {{"id", "7"}},
      {{"type", "t"}, {"Tenant", "7"}},
      {{"type", "t"}, {"ten_ant", "7"}},
      {{"type", "t"}, {"", "7"}},
      {{"type", "t"}, {std::string(65, 'a'), "one letter more"}},
      {{"type", "t"}, {"tenant", "7"}, {"tenant", "8"}},
      {{"type", "t"}, {"type", "u"}},
      {{"type", "t\n"}},
      {{"type", "t"}, {"tenant", std::string("7\0", 2)}},
      {{"type", "t"}, {"tenant", "a\tb"}},
      {{"type", "t"}, {"tenant", "\x7f"}},
      {{"type", "t"}, {"tenant", "\xc3\x28"}},
      Attributes(65, {"type", "t"}),
  };
  AskingStage stage;
  std::uint32_t number = 0;
  for (const Attributes& attributes : kRefused) {
    CAPTURE(number);
    stage.send(FrameType::kEmit, ++number, emitted(attributes));
    CHECK(stage.code() == SJ_EINVAL);
  }
  stage.send(FrameType::kEmit, ++number, emitted({{"type", "t"}}, {}, "a\nb"));
  CHECK(stage.code() == SJ_EINVAL);
  CHECK(stage.call.asked.empty());
  CHECK(stage.lives());
  stage.send(FrameType::kEmit, ++number, emitted({{"type", "t"}, {std::string(64, 'a'), "as long as may be"}}));
  CHECK(stage.code() == SJ_OK);
}

TEST_CASE("hostile emits: each of these ends the instance") {
  const struct {
    const char* what;
    std::function<void(AskingStage&)> attack;
  } kAttacks[] = {
      {"a head cut short", [](AskingStage& s) { s.send(FrameType::kEmit, 1, "x"); }},
      {"an attribute that is not there",
       [](AskingStage& s) {
         std::string payload = emitted({{"type", "t"}});
         payload[8] = 100;
         s.send(FrameType::kEmit, 1, payload);
       }},
      {"less data than it says",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, "a", {}, 2));
       }},
      {"more data than it says",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, "ab", {}, 1));
       }},
      {"data beside what follows",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, "a", {}, 1), kBodyFollows);
       }},
      {"what follows is longer",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 10), kBodyFollows);
         s.send(FrameType::kBody, 1, std::string(11, 'a'));
       }},
      {"what follows is shorter",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 10), kBodyFollows);
         s.send(FrameType::kBodyEnd, 1);
       }},
      {"what follows is of another number",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 10), kBodyFollows);
         s.send(FrameType::kBody, 2, std::string(10, 'a'));
       }},
      {"another request before its data is whole",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 10), kBodyFollows);
         s.send(FrameType::kEmit, 2, emitted({{"type", "t"}}));
       }},
      {"a number out of turn",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 3, emitted({{"type", "t"}}));
       }},
      {"an event of no call",
       [](AskingStage& s) {
         s.send(FrameType::kEmit, 0, emitted({{"type", "t"}}));
       }},
      {"an event after the reply",
       [](AskingStage& s) {
         s.send(FrameType::kReply, 0, AskingStage::bytes_of(ReplyHead{200, 0, 0}));
         s.turn();
         CHECK(s.call.ended == "reply ");
         s.call.ended.clear();
         s.send(FrameType::kEmit, 1, emitted({{"type", "t"}}));
         s.turn();
         if (!s.lives() && s.call.asked.empty()) s.call.ended = "broke the rules of its channel";
       }},
  };
  for (const auto& row : kAttacks) {
    CAPTURE(row.what);
    AskingStage stage;
    row.attack(stage);
    CHECK(stage.violation().find("broke the rules of its channel") != std::string::npos);
  }
}

TEST_CASE("hostile emits: data that is cut off by the reply is nobody's event") {
  AskingStage stage;
  stage.send(FrameType::kEmit, 1, emitted({{"type", "t"}}, {}, {}, 100'000), kBodyFollows);
  stage.send(FrameType::kBody, 1, std::string(50'000, 'a'));
  stage.send(FrameType::kReply, 0, AskingStage::bytes_of(ReplyHead{200, 0, 0}));
  stage.turn();
  CHECK(stage.call.ended == "reply ");
  CHECK(stage.call.asked == Asked{"may emit :100000"});
  CHECK(stage.lives());
}

}  // namespace sojourn
