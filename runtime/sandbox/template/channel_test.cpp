#include "runtime/sandbox/template/channel.h"

#include <cstring>
#include <doctest/doctest.h>
#include <string>
#include <sys/socket.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

std::string credit_frame(std::uint64_t call) {
  FrameHeader header;
  header.type = FrameType::kCredit;
  header.length = sizeof(Credit);
  header.call = call;
  const Credit credit{1};
  std::string bytes(sizeof header + sizeof credit, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &credit, sizeof credit);
  return bytes;
}

}  // namespace

TEST_CASE("channel: what look_ahead has spent leaves room for all that comes, and what stays comes in order") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd gateway(ends[0]), instance(ends[1]);
  Channel channel(instance.get());
  const std::string stays = credit_frame(7), spent = credit_frame(1);
  // Far more than the channel's buffer holds, as a stream of many small pieces brings, with two frames among them that
  // are for later.
  constexpr int kFrames = 60'000;
  int seen = 0;
  for (int sent = 0; sent < kFrames; ++sent) {
    const std::string& frame = sent == 10 || sent == kFrames / 2 ? stays : spent;
    REQUIRE(::send(gateway.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
    channel.look_ahead(Channel::Full::kLeaves, [&](const Frame& shown) {
      ++seen;
      return shown.header.call == 7 ? Channel::Shown::kStays : Channel::Shown::kSpent;
    });
  }
  CHECK(seen == kFrames);
  Frame frame;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(channel.next_frame(frame));
    CHECK(frame.header.call == 7);
  }
  CHECK_FALSE(channel.wait(0));
}

}  // namespace sojourn
