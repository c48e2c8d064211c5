// An instance that a test plays, and the call that it asks for things. For tests.
#pragma once

#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/instance.h"

namespace sojourn {

using namespace std::chrono_literals;

// A call that notes what is asked, and answers it as the test says.
struct NotedAsks final : InstanceCall {
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
  int on_call_may_emit(const EmitAsk& ask) override {
    asked.push_back("may emit " + std::string(ask.queue) + ":" + std::to_string(ask.data_size));
    return answer ? answer() : SJ_OK;
  }
  int on_call_emits(const EmitAsk& ask) override {
    asked.push_back("emit");
    for (const HeaderField& field : ask.attributes)
      asked.back().append(" ").append(field.name).append("=").append(field.value);
    body = ask.data;
    return SJ_OK;
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

struct AskingStage final : InstanceOwner {
  AskingStage() : instance(loop, scratch, *this, profile, 1, take_ends()) {
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
  NotedAsks call;
  Instance instance;
};

inline std::string nested(std::string_view function, std::string_view method, std::string_view path,
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
inline const std::string kPlain = nested("", "GET", "/");

inline std::string credit(std::uint32_t bytes) {
  return AskingStage::bytes_of(Credit{bytes});
}

}  // namespace sojourn
