#include "runtime/sandbox/template/serve.h"

#include <cstdio>
#include <new>
#include <stdlib.h>
#include <string>
#include <unistd.h>

#include "runtime/sandbox/template/body_buffer.h"
#include "runtime/sandbox/template/fused_chain.h"
#include "runtime/sandbox/template/instance.h"
#include "runtime/sandbox/template/serving_call.h"

namespace sojourn {
namespace {

class Server {
 public:
  Server(int channel_fd, ClaimPage& claims, const Module& module)
      : channel_(channel_fd), claims_(claims), chain_(module, call_, claims.link), call_(channel_, output_) {}

  [[noreturn]] void run() {
    call_.watch(claims_);
    send_hello();
    start_function();
    Frame frame;
    while (channel_.next_frame(frame)) on_frame(frame);
    ::_exit(0);
  }

 private:
  void send_hello() {
    output_.begin(FrameType::kHello, 0);
    output_.fixed(Hello{SJ_ABI_MAJOR, SJ_ABI_MINOR});
    send();
  }
  void send() {
    const std::string_view frame = output_.finish();
    if (!channel_.send(frame.data(), frame.size())) ::_exit(0);
  }

  void start_function();
  void read_config();
  void on_frame(Frame& frame);
  void on_call(Frame& frame);
  bool gather_body(std::uint64_t call);
  bool claim(const FrameHeader& header);
  [[noreturn]] void retire();

  Channel channel_;
  FrameOutput output_;
  ClaimPage& claims_;
  BodyBuffer body_;
  bool one_shot_ = false;
  bool retiring_ = false;
  FusedChain chain_;
  ServingCall call_;  // last: most of it is room for fields that few requests need
};

void Server::read_config() {
  Frame frame;
  if (!channel_.next_frame(frame)) ::_exit(0);
  PayloadReader in(frame.payload);
  const auto head = in.fixed<ConfigHead>();
  if (frame.header.type != FrameType::kConfig ||
      !call_.facts().read(in, head.version, head.env_count, head.secret_count))
    ::_exit(kInstanceChannelBroken);
  call_.configure({head.reply_limit, head.log_limit});
  chain_.set_reply_limit(head.reply_limit);
  one_shot_ = head.one_shot != 0;
}

void Server::start_function() {
  read_config();
  call_.enter_hook();
  std::string reason;
  const int result = chain_.start(reason);
  const bool failed = result != SJ_OK || !call_.hook_failure().empty();
  if (failed) {
    if (!reason.empty()) reason += ": ";
    reason += call_.hook_failure().empty() ? "it failed" : call_.hook_failure();
  }
  output_.begin(FrameType::kReady, 0);
  output_.fixed(ReadyHead{failed ? 1u : 0u});
  output_.text(reason);
  std::fflush(stdout);
  send();
  if (failed) ::_exit(0);
}

void Server::on_frame(Frame& frame) {
  switch (frame.header.type) {
    case FrameType::kCall:
      return on_call(frame);
    case FrameType::kGrant: {
      PayloadReader in(frame.payload);
      if (in.fixed<Grant>().slots == 0) retire();
      return;
    }
    default:
      return;  // of a call that is over, or was taken back
  }
}

bool Server::claim(const FrameHeader& header) {
  if (header.slot >= kClaimSlots) ::_exit(kInstanceChannelBroken);
  std::uint32_t expected = claim_word(header.call, ClaimState::kQueued);
  return claims_.words[header.slot].compare_exchange_strong(expected, claim_word(header.call, ClaimState::kStarted),
                                                            std::memory_order_acq_rel);
}

bool Server::gather_body(std::uint64_t call) {
  const std::size_t size = call_.body_size();
  char* const place = body_.take(size);
  std::size_t filled = 0;
  for (;;) {
    FrameHeader header;
    if (!channel_.next_header(header)) ::_exit(0);
    const bool is_ours = header.call == call;
    if (is_ours && header.type == FrameType::kBodyEnd) break;
    if (is_ours && header.type == FrameType::kBody && place != nullptr && header.length <= size - filled) {
      if (!channel_.body_into(place + filled, header.length)) ::_exit(0);
      filled += header.length;
      continue;
    }
    if (is_ours && header.type == FrameType::kCancel) call_.note_cancel(call);
    if (header.type == FrameType::kGrant && header.length == sizeof(Grant)) {
      Grant grant;
      if (!channel_.body_into(reinterpret_cast<char*>(&grant), sizeof grant)) ::_exit(0);
      retiring_ = grant.slots == 0;
      continue;
    }
    if (!channel_.skip(header.length)) ::_exit(0);
  }
  call_.set_body({place, filled});
  return place != nullptr || size == 0;
}

void Server::on_call(Frame& frame) {
  channel_.hold(frame);
  if (!call_.read_request(frame)) ::_exit(kInstanceChannelBroken);
  const bool gathered = (frame.header.flags & kBodyFollows) == 0 || gather_body(frame.header.call);
  if (claim(frame.header)) {
    call_.start();
    if (gathered)
      call_.finish(chain_.run(call_.request()));
    else
      call_.refuse_for_memory();
    if (one_shot_) retire();
  }
  body_.done();
  channel_.release();
  if (retiring_) retire();
}

void Server::retire() {
  call_.enter_hook();
  chain_.stop();
  std::fflush(stdout);
  output_.begin(FrameType::kBye, 0);
  if (!one_shot_) send();
  ::_exit(0);
}

}  // namespace

void serve(int channel_fd, ClaimPage& claims, const Module& module) noexcept {
  // In the program's own memory: nothing is allocated, and pages that are not used are not there.
  alignas(4096) static char place[sizeof(Server)];
  Server* const server = new (place) Server(channel_fd, claims, module);
  server->run();
}

}  // namespace sojourn
