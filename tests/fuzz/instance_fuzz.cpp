// The gateway's end of an instance, given what a hostile instance could do: frames of every type and length, rubbish,
// descriptors, log lines, claim words, death. Each call must end exactly once or come back, and the instance must go.
//
// The input is a row of steps: a byte that says what, and what it needs. instance_steps.h names them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/sandbox/host/instance.h"
#include "tests/fuzz/instance_steps.h"

namespace {

using namespace sojourn;

[[noreturn]] void fail(const char* what) {
  std::fputs(what, stderr);
  std::abort();
}

struct FuzzCall final : InstanceCall {
  std::string_view call_id() const override { return "fuzz"; }
  void on_call_reply(const ParsedReply& reply) override {
    if (reply.status < 200 || reply.status > 599 || reply.body.size() != reply.body_size) fail("a bad reply passed\n");
    end();
  }
  void on_call_error(const ReportedError&) override { end(); }
  void on_call_failed(const Error&) override { end(); }
  void on_call_stream_begin(const ParsedReply&) override {
    if (ended || streaming) fail("a second reply\n");
    streaming = true;
  }
  void on_call_stream_chunk(std::string_view chunk) override {
    if (!streaming || ended) fail("a chunk outside of a stream\n");
    streamed += chunk.size();
    if (streamed > kStreamCreditStart) fail("a stream beyond its credit\n");
  }
  void on_call_stream_end(const std::optional<Error>&) override {
    if (!streaming) fail("the end of no stream\n");
    end();
  }
  int on_call_may_emit(const EmitAsk& ask) override {
    if (ended || returned) fail("an event of no call\n");
    check(ask);
    return ask.data_size > kDataMax ? SJ_ELIMIT : SJ_OK;
  }
  int on_call_emits(const EmitAsk& ask) override {
    check(ask);
    if (ask.data.size() != ask.data_size || ask.data_size > kDataMax) fail("an event of another length\n");
    return SJ_OK;
  }
  static void check(const EmitAsk& ask) {
    bool has_type = false;
    for (const HeaderField& field : ask.attributes) {
      has_type |= field.name == "type" && !field.value.empty();
      if (field.name.empty() || field.name.size() > 20 || field.name == "source") fail("a bad attribute passed\n");
      for (const char c : field.value) {
        if (static_cast<unsigned char>(c) < 0x20) fail("a control character passed\n");
      }
    }
    if (!has_type) fail("an event without a type passed\n");
  }
  void end() {
    if (ended || returned) fail("a call ended twice\n");
    ended = true;
  }
  static constexpr std::uint64_t kDataMax = 64 * 1024;
  bool sent = false, ended = false, returned = false, streaming = false;
  std::size_t streamed = 0;
};

class Stage final : public InstanceOwner {
 public:
  Stage(Loop& loop, InstanceScratch& scratch, const InstanceProfile& profile, std::string_view steps)
      : loop_(loop), scratch_(scratch), profile_(profile), steps_(steps) {
    for (FuzzCall& call : calls_) {
      FrameHeader header;
      header.type = FrameType::kCall;
      header.length = sizeof(CallHead);
      const CallHead head{};
      call.frames.append({reinterpret_cast<const char*>(&header), sizeof header});
      call.frames.append({reinterpret_cast<const char*>(&head), sizeof head});
      call.timeout = std::chrono::seconds(30);
    }
  }

  void run() {
    loop_.post([this] {
      Result<InstanceEnds> ends = make_instance_ends();
      if (!ends) fail("no ends\n");
      instance_ = std::make_unique<Instance>(loop_, scratch_, *this, profile_, 1, std::move(*ends));
      far_ = instance_->take_far_ends();
      instance_->begin();
      turn();
    });
    loop_.run();
    for (const FuzzCall& call : calls_) {
      if (call.sent && !call.ended && !call.returned) fail("a call was forgotten\n");
    }
    instance_.reset();
  }

  void on_instance_ready(Instance&) override { send_calls(); }
  void on_instance_progress(Instance& instance, int) override {
    if (instance.state() == Instance::State::kReady) send_calls();
  }
  void on_instance_returns(Instance&, InstanceCall& call) override {
    auto& ours = static_cast<FuzzCall&>(call);
    if (ours.ended || ours.returned) fail("a call came back twice\n");
    ours.returned = true;
  }
  void on_instance_line(Instance&, const InstanceLine& line) override {
    logged_ += line.text.size();
    if (line.fields.size() > 32) fail("a line with too many fields\n");
  }
  void on_instance_state(Instance&) override {}
  void kill_instance(Instance&) override { killed_ = true; }
  void on_instance_gone(Instance&) override { gone_ = true; }

 private:
  void send_calls() {
    for (FuzzCall& call : calls_) {
      if (call.sent || instance_->depth() >= 2) continue;
      call.sent = true;
      instance_->send(call, std::chrono::steady_clock::now());
    }
  }
  void turn() {
    if (gone_) return loop_.post([this] { loop_.stop(); });
    if (killed_ || steps_.empty()) far_ = {};
    if (instance_->state() == Instance::State::kEnded) instance_->on_exit(9);
    for (int i = 0; i < 8 && !steps_.empty() && far_.channel; ++i) {
      if (step()) break;
    }
    loop_.post([this] { turn(); });
  }

  unsigned byte() {
    if (steps_.empty()) return 0;
    const auto value = static_cast<unsigned char>(steps_.front());
    steps_.remove_prefix(1);
    return value;
  }
  std::string_view bytes(std::size_t size) {
    const std::string_view taken = steps_.substr(0, size);
    steps_.remove_prefix(taken.size());
    return taken;
  }
  void say(std::string_view text) { ::send(far_.channel.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }

  // True: the gateway's turn comes before the next step.
  bool step() {
    switch (static_cast<InstanceStep>(byte() % kInstanceSteps)) {
      case InstanceStep::kFrame:
        say(frame());
        return false;
      case InstanceStep::kRaw:
        say(bytes(byte()));
        return false;
      case InstanceStep::kTurn:
        return true;
      case InstanceStep::kClaim: {
        const unsigned slot = byte();
        far_.claims->word(slot).store(claim_word(byte(), static_cast<ClaimState>(byte() % 4)));
        return false;
      }
      case InstanceStep::kPrint: {
        const std::string_view text = bytes(byte());
        [[maybe_unused]] const ssize_t written = ::write(far_.log.get(), text.data(), text.size());
        return false;
      }
      case InstanceStep::kDescriptor:
        pass_descriptor();
        return false;
      case InstanceStep::kDrain: {
        std::array<char, 4096> away;
        while (::recv(far_.channel.get(), away.data(), away.size(), MSG_DONTWAIT) > 0) {
        }
        return false;
      }
      case InstanceStep::kGateway:
        gateway_acts();
        return false;
    }
    return false;
  }

  std::string frame() {
    FrameHeader header;
    header.type = static_cast<FrameType>(byte());
    header.flags = static_cast<std::uint16_t>(byte());
    header.call = byte();
    header.stream = byte();
    const unsigned low = byte();
    const std::string_view payload = bytes(low + 256u * byte());
    header.length = static_cast<std::uint32_t>(payload.size());
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + std::string(payload);
  }

  void pass_descriptor() {
    char one = 'x';
    iovec piece{&one, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = far_.log.get();
    std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
    ::sendmsg(far_.channel.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  // What the pool above may do at any time.
  void gateway_acts() {
    const unsigned what = byte() % 5;
    FuzzCall& call = calls_[byte() % calls_.size()];
    if (what == 0) instance_->recall_waiting();
    if (what == 1 && call.sent && !call.ended && !call.returned && instance_->abandon(call)) call.returned = true;
    if (what == 2) instance_->settle();
    if (what == 3) instance_->retire();
    if (what == 4) instance_->end_by(Error(ErrorCode::kDeadline, "too late"));
  }

  Loop& loop_;
  InstanceScratch& scratch_;
  const InstanceProfile& profile_;
  std::string_view steps_;
  std::unique_ptr<Instance> instance_;
  FarEnds far_;
  std::array<FuzzCall, 6> calls_;
  std::size_t logged_ = 0;
  bool killed_ = false;
  bool gone_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& loop = *new Loop;
  static auto& scratch = *new InstanceScratch;
  if (size < 2) return 0;
  InstanceProfile profile;
  profile.config_frame = std::string(64, 'c');
  profile.reply_limit = 64 * 1024;
  profile.log_limit = 4096;
  profile.one_shot = data[0] % 2 == 1;
  Stage(loop, scratch, profile, {reinterpret_cast<const char*>(data) + 1, size - 1}).run();
  return 0;
}
