// The instance's end of its channel, given what a gateway could send and what it never would. The first byte says in
// what pieces the bytes arrive; after each the instance looks ahead. What stays must come from next_frame, in order.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/template/channel.h"

namespace {

using sojourn::Channel;
using sojourn::Frame;
using sojourn::FrameHeader;
using sojourn::FrameType;

constexpr std::size_t kInputMax = 64 * 1024;  // what the socket takes without anybody reading

std::string copy_of(const Frame& frame) {
  return std::string(reinterpret_cast<const char*>(&frame.header), sizeof frame.header) + std::string(frame.payload);
}

// As an instance gathers the body behind a call that it holds.
void gather(Channel& channel, Frame& call) {
  const std::string before(call.payload);
  channel.hold(call);
  std::vector<char> body(1);  // there is always a place, also for nothing
  FrameHeader header;
  while (channel.next_header(header) && header.type == FrameType::kBody) {
    body.resize(body.size() + header.length);
    if (!channel.body_into(body.data() + body.size() - header.length, header.length)) break;
  }
  if (call.payload != before) std::abort();
  channel.release();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > kInputMax) return 0;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  sojourn::UniqueFd gateway(ends[0]);
  const sojourn::UniqueFd instance(ends[1]);
  Channel channel(instance.get());
  std::vector<std::string> staying;
  const std::size_t step = data[0] < 128 ? size : data[0];
  for (std::size_t at = 1; at < size; at += step) {
    const std::size_t piece = std::min(step, size - at);
    if (::send(gateway.get(), data + at, piece, MSG_NOSIGNAL) != static_cast<ssize_t>(piece)) std::abort();
    if (data[0] % 2 == 0) continue;
    const auto full = data[0] % 4 == 1 ? Channel::Full::kLeaves : Channel::Full::kSpills;
    channel.look_ahead(full, [&](const Frame& frame) {
      if (frame.header.type == FrameType::kCredit) return Channel::Shown::kSpent;
      staying.push_back(copy_of(frame));
      return Channel::Shown::kStays;
    });
  }
  gateway.reset();
  std::size_t given = 0;
  for (Frame frame; channel.next_frame(frame); ++given) {
    if (given < staying.size() && copy_of(frame) != staying[given]) std::abort();
    if (given >= staying.size() && frame.header.type == FrameType::kCall) gather(channel, frame);
  }
  if (given < staying.size()) std::abort();
  return 0;
}
