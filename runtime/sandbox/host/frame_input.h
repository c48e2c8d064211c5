// A FrameInput cuts the bytes that come from an instance into frames. It believes nothing: magic, version and length
// are checked on its own copy of the header before a frame is handed out, and once a check failed it hands out nothing
// more.
//
// Thread:    the instance's loop.
// Ownership: keeps only the tail of a frame that has not come whole; frames are views of the bytes it was given.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "runtime/sandbox/host/byte_buffer.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

// A frame as it came: the header is a copy; the payload may be written to (names are lower-cased in place).
struct Frame {
  FrameHeader header;
  std::span<char> payload;

  std::string_view text() const { return {payload.data(), payload.size()}; }
};

class FrameInput {
 public:
  // Where to read to: `scratch`, which must hold kScratchSize bytes and stays untouched until finish().
  std::span<char> begin(char* scratch);
  // `count` bytes were read into that room.
  void filled(std::size_t count) { end_ += count; }
  // The next whole frame, until the next call; false when there is none, or when broken().
  bool next(Frame& frame);
  // Drops what is left: nothing more will be asked for.
  void discard() { at_ = end_; }
  // Keeps what is left for the next begin().
  void finish();

  // What is wrong with the bytes, or empty.
  std::string_view broken() const { return broken_; }
  bool holds_part() const { return !kept_.empty(); }

  static constexpr std::size_t kScratchSize = 2 * (sizeof(FrameHeader) + kFramePayloadMax);
  static constexpr std::size_t kKeptMax = 64 * 1024 + sizeof(FrameHeader);  // bytes of memory kept for later

 private:
  bool next_of_scratch(Frame& frame);
  bool next_of_kept(Frame& frame);
  bool complete(std::size_t size);

  ByteBuffer kept_;
  char* scratch_ = nullptr;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool handed_out_ = false;  // the frame in kept_, which goes at the next call
  std::string_view broken_;
};

}  // namespace sojourn
