// The bytes that go to an instance: one system call for all that a turn gathered.
#include <algorithm>
#include <cassert>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

#include "runtime/sandbox/host/instance.h"

namespace sojourn {
namespace {

constexpr std::size_t kPiecesMax = 64;  // a system call

}  // namespace

void Instance::control(FrameType type, std::uint64_t call, std::uint32_t stream, std::string_view payload) {
  if (control_.size() > kControlMax) return violation("it leaves 256 KiB of answers unread");
  FrameHeader header;
  header.type = type;
  header.call = call;
  header.stream = stream;
  header.length = static_cast<std::uint32_t>(payload.size());
  const std::size_t from = control_.size();
  control_.append(reinterpret_cast<const char*>(&header), sizeof header);
  control_.append(payload);
  segments_.push_back({nullptr, from, control_.size()});
  want_flush();
}

void Instance::want_flush() {
  if (flush_wanted_ || write_watched_) return;
  flush_wanted_ = true;
  loop_->at_turn_end([this] {
    flush_wanted_ = false;
    flush();
  });
}

void Instance::flush() {
  if (secrets_ && state_ == State::kForking) return;  // HELLO comes from the instance, the socket may be the template's
  while (!segments_.empty()) {
    iovec pieces[kPiecesMax];
    std::size_t count = 0;
    for (const Segment& segment : segments_) {
      if (count == kPiecesMax) break;
      const char* const bytes = segment.bytes != nullptr ? segment.bytes->data() : control_.data();
      pieces[count++] = {const_cast<char*>(bytes + segment.from), segment.to - segment.from};
    }
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    ssize_t sent = ::sendmsg(channel_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      if (errno != EAGAIN) segments_.clear();  // the end of file will tell the rest
      break;
    }
    std::size_t whole = 0;
    for (; whole < segments_.size() && sent > 0; ++whole) {
      const std::size_t size = segments_[whole].to - segments_[whole].from;
      if (static_cast<std::size_t>(sent) < size) break;
      sent -= static_cast<ssize_t>(size);
    }
    if (whole < segments_.size()) segments_[whole].from += static_cast<std::size_t>(sent);
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(whole));
  }
  after_flush();
  const bool wait = !segments_.empty();
  if (wait != write_watched_ && channel_watcher_) {
    write_watched_ = wait;
    channel_watcher_->watch(wait ? FdWatcher::kReadable | FdWatcher::kWritable : FdWatcher::kReadable);
  }
}

// What was written is forgotten, so that an instance which reads on, and is never quite done, makes nothing grow.
void Instance::after_flush() {
  std::size_t written = control_.size();
  bool result_waits = false;
  for (const Segment& segment : segments_) {
    if (segment.bytes == nullptr) written = std::min(written, segment.from);
    result_waits = result_waits || segment.bytes == &result_;
  }
  if (!result_waits) scratch_->buffers.put(result_);
  if (written < control_.size() && written < kControlMax / 4) return;
  control_.erase(0, written);
  for (Segment& segment : segments_) {
    if (segment.bytes != nullptr) continue;
    segment.from -= written;
    segment.to -= written;
  }
}

bool Instance::is_unsent(const InstanceCall& call) const {
  for (const Segment& segment : segments_) {
    if (segment.bytes == &call.frames) return segment.from == 0;
  }
  return false;
}

void Instance::drop_unsent(const InstanceCall& call) {
  std::erase_if(segments_, [&](const Segment& segment) { return segment.bytes == &call.frames; });
}

}  // namespace sojourn
