// Channel is the instance's end of its socket to the gateway: frames in through one large buffer (several per read),
// frames out with one write each. Nothing is allocated: the buffers are part of the program, and pages of them that no
// frame ever reached cost nothing. One case is different: a call that waits for an answer takes in all that stands
// before it in the socket, and where calls queued ahead fill the buffer, it goes on in memory of the heap.
//
// The frame of the call that runs stays where it is (hold), so that the function's view of its request needs no copy;
// what arrives meanwhile is put behind it.
//
// Thread: in_* and next_* the instance's main thread; look_ahead any, under the caller's lock.
// Owner:  the instance; one per process.
// Errors: the gateway is trusted, so a broken or ended channel has one meaning: the instance has nobody left to serve.
//         Functions that return false say exactly that.
#pragma once

#include <cstddef>
#include <string_view>
#include <sys/uio.h>

#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

inline constexpr std::size_t kFrameMax = sizeof(FrameHeader) + kFramePayloadMax;

struct Frame {
  FrameHeader header;
  std::string_view payload;  // until the next call of next_frame, or, when held, until release
};

class Channel {
 public:
  explicit Channel(int fd);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Waits for the next frame. False at the end of the channel.
  bool next_frame(Frame& frame);
  // Keeps `frame`, the one that next_frame gave last, in its place until release. Its payload may move once, now.
  void hold(Frame& frame);
  void release();

  // Waits for the header of the next frame only; then body_into takes its payload, all of it, to where it belongs.
  bool next_header(FrameHeader& header);
  bool body_into(char* place, std::size_t size);
  bool skip(std::size_t size);

  // What becomes of a frame that look_ahead has shown: it stays, and next_frame gives it later, or it has done its
  // work.
  enum class Shown { kStays, kSpent };

  // When the buffer is full of frames that stay: leaves the rest in the socket, or finds more room.
  enum class Full { kLeaves, kSpills };

  // Takes in what has arrived without waiting, and shows every complete frame that was not shown before to `visit`.
  // A long call is told of many things (credit for its stream, above all): what is spent must not fill the buffer.
  // False at the end of the channel.
  template <class Visit>
  bool look_ahead(Full full, Visit visit) {
    if (!take_in_without_waiting(full)) return false;
    Frame frame;
    while (peek(frame)) {
      if (visit(frame) == Shown::kSpent) drop_shown(sizeof frame.header + frame.header.length);
    }
    return true;
  }

  // Waits until the channel has something to take in, at most `timeout_ms` (-1: for ever). False: nothing came.
  bool wait(int timeout_ms) const;

  bool send(const char* bytes, std::size_t size);
  bool send(iovec* pieces, std::size_t count);  // changes the pieces

 private:
  std::size_t available() const { return end_ - position_; }
  bool make_available(std::size_t size);
  void make_room(std::size_t size);
  bool take_in_without_waiting(Full full);
  bool spill();
  void rest();
  bool peek(Frame& frame);
  void drop_shown(std::size_t size);  // the frame that peek gave last, of so many bytes
  void consume(std::size_t size);

  const int fd_;
  char* input_;                  // where it takes in: the program's own buffer, or memory of the heap
  std::size_t capacity_;         // of input_
  bool held_elsewhere_ = false;  // what is held lies where input_ was before
  char* held_spill_ = nullptr;   // which was this memory of the heap, or the program's own
  std::size_t held_ = 0;         // bytes at the front that stay where they are
  std::size_t position_ = 0;     // of the first byte that was not given out
  std::size_t end_ = 0;          // behind the last byte that arrived
  std::size_t seen_ = 0;         // bytes from position_ on that look_ahead has shown
};

}  // namespace sojourn
