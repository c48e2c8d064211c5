#include "runtime/sandbox/template/channel.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "runtime/sandbox/template/frame_output.h"

namespace sojourn {
namespace {

// Room for the longest frame being held and the longest one arriving.
constexpr std::size_t kCapacity = 2 * kFrameMax;
alignas(4096) char own_input[kCapacity];

FrameHeader header_at(const char* bytes) {
  FrameHeader header;
  std::memcpy(&header, bytes, sizeof header);
  return header;
}

bool sound(const FrameHeader& header) {
  return header.magic == kFrameMagic && header.version == kFrameVersion && header.length <= kFramePayloadMax;
}

}  // namespace

alignas(4096) char FrameOutput::buffer_[kFrameMax];

Channel::Channel(int fd) : fd_(fd), input_(own_input), capacity_(kCapacity) {}

void Channel::make_room(std::size_t size) {
  if (position_ == end_) position_ = end_ = held_;
  if (input_ != own_input && end_ == 0 && !held_elsewhere_) rest();
  if (capacity_ - position_ >= size) return;
  std::memmove(input_ + held_, input_ + position_, available());
  end_ = held_ + available();
  position_ = held_;
}

bool Channel::make_available(std::size_t size) {
  while (available() < size) {
    make_room(size);
    const ssize_t count = ::read(fd_, input_ + end_, capacity_ - end_);
    if (count > 0)
      end_ += static_cast<std::size_t>(count);
    else if (count == 0 || errno != EINTR)
      return false;
  }
  return true;
}

void Channel::consume(std::size_t size) {
  position_ += size;
  seen_ -= std::min(seen_, size);
}

bool Channel::next_header(FrameHeader& header) {
  if (!make_available(sizeof header)) return false;
  header = header_at(input_ + position_);
  if (!sound(header)) return false;
  consume(sizeof header);
  return true;
}

bool Channel::next_frame(Frame& frame) {
  if (!next_header(frame.header) || !make_available(frame.header.length)) return false;
  frame.payload = {input_ + position_, frame.header.length};
  consume(frame.header.length);
  return true;
}

void Channel::hold(Frame& frame) {
  const auto start = static_cast<std::size_t>(frame.payload.data() - input_);
  if (capacity_ - position_ < kFrameMax) {
    std::memmove(input_, input_ + start, end_ - start);
    frame.payload = {input_, frame.payload.size()};
    position_ -= start;
    end_ -= start;
  }
  held_ = position_;
}

void Channel::release() {
  held_ = 0;
  held_elsewhere_ = false;
  std::free(std::exchange(held_spill_, nullptr));
}

bool Channel::body_into(char* place, std::size_t size) {
  const std::size_t ready = std::min(size, available());
  std::memcpy(place, input_ + position_, ready);
  consume(ready);
  place += ready;
  size -= ready;
  while (size > 0) {
    make_room(sizeof(FrameHeader));
    // Only the next header is read along: the payload behind it then goes straight into its place as well.
    iovec pieces[] = {{place, size}, {input_ + end_, sizeof(FrameHeader)}};
    const ssize_t count = ::readv(fd_, pieces, 2);
    if (count <= 0) {
      if (count < 0 && errno == EINTR) continue;
      return false;
    }
    const std::size_t placed = std::min(size, static_cast<std::size_t>(count));
    end_ += static_cast<std::size_t>(count) - placed;
    place += placed;
    size -= placed;
  }
  return true;
}

bool Channel::skip(std::size_t size) {
  if (!make_available(size)) return false;
  consume(size);
  return true;
}

bool Channel::take_in_without_waiting(Full full) {
  make_room(sizeof(FrameHeader));
  if (end_ == capacity_ && position_ > held_) {
    std::memmove(input_ + held_, input_ + position_, available());
    end_ = held_ + available();
    position_ = held_;
  }
  if (end_ == capacity_ && (full == Full::kLeaves || !spill())) return full == Full::kLeaves;
  const ssize_t count = ::recv(fd_, input_ + end_, capacity_ - end_, MSG_DONTWAIT);
  if (count > 0) end_ += static_cast<std::size_t>(count);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Goes on in twice the room. What is held stays where it is: nothing is taken in there any more.
bool Channel::spill() {
  char* const larger = static_cast<char*>(std::malloc(2 * capacity_));
  if (larger == nullptr) return false;
  const std::size_t rest = available();
  std::memcpy(larger, input_ + position_, rest);
  if (input_ != own_input) {
    if (held_ > 0)
      held_spill_ = input_;
    else
      std::free(input_);
  }
  held_elsewhere_ = held_elsewhere_ || held_ > 0;
  input_ = larger;
  capacity_ *= 2;
  held_ = position_ = 0;
  end_ = rest;
  return true;
}

// Nothing is left in memory of the heap.
void Channel::rest() {
  std::free(input_);
  input_ = own_input;
  capacity_ = kCapacity;
}

bool Channel::peek(Frame& frame) {
  if (available() - seen_ < sizeof(FrameHeader)) return false;
  frame.header = header_at(input_ + position_ + seen_);
  const std::size_t whole = sizeof(FrameHeader) + frame.header.length;
  if (!sound(frame.header) || available() - seen_ < whole) return false;
  frame.payload = {input_ + position_ + seen_ + sizeof(FrameHeader), frame.header.length};
  seen_ += whole;
  return true;
}

void Channel::drop_shown(std::size_t size) {
  seen_ -= size;
  if (seen_ == 0) {
    position_ += size;
    return;
  }
  const std::size_t gap = position_ + seen_;
  std::memmove(input_ + gap, input_ + gap + size, end_ - gap - size);
  end_ -= size;
}

bool Channel::wait(int timeout_ms) const {
  pollfd ready{fd_, POLLIN, 0};
  return ::poll(&ready, 1, timeout_ms) > 0;
}

bool Channel::send(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(fd_, bytes, size, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool Channel::send(iovec* pieces, std::size_t count) {
  while (count > 0) {
    const ssize_t written = ::writev(fd_, pieces, static_cast<int>(std::min<std::size_t>(count, IOV_MAX)));
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    auto rest = static_cast<std::size_t>(written);
    while (count > 0 && rest >= pieces->iov_len) {
      rest -= pieces->iov_len;
      ++pieces;
      --count;
    }
    if (count > 0) {
      pieces->iov_base = static_cast<char*>(pieces->iov_base) + rest;
      pieces->iov_len -= rest;
    }
  }
  return true;
}

}  // namespace sojourn
