#include "runtime/sandbox/host/frame_input.h"

#include <algorithm>
#include <cstring>

namespace sojourn {
namespace {

std::string_view fault_of(const FrameHeader& header) {
  if (header.magic != kFrameMagic) return "a frame without the magic number";
  if (header.version != kFrameVersion) return "a frame of another version";
  if (header.length > kFramePayloadMax) return "a frame longer than 256 KiB";
  return {};
}

}  // namespace

std::span<char> FrameInput::begin(char* scratch) {
  scratch_ = scratch;
  at_ = end_ = 0;
  return {scratch, kScratchSize};
}

bool FrameInput::next(Frame& frame) {
  if (handed_out_) {
    kept_.clear_beyond(kKeptMax);
    handed_out_ = false;
  }
  if (!broken_.empty()) return false;
  return kept_.empty() ? next_of_scratch(frame) : next_of_kept(frame);
}

bool FrameInput::next_of_scratch(Frame& frame) {
  if (end_ - at_ < sizeof(FrameHeader)) return false;
  std::memcpy(&frame.header, scratch_ + at_, sizeof(FrameHeader));
  broken_ = fault_of(frame.header);
  if (!broken_.empty()) return false;
  if (end_ - at_ < sizeof(FrameHeader) + frame.header.length) return false;
  frame.payload = {scratch_ + at_ + sizeof(FrameHeader), frame.header.length};
  at_ += sizeof(FrameHeader) + frame.header.length;
  return true;
}

// The frame began in an earlier read. Only what it misses is copied, so that a frame that dribbles in byte by byte
// costs a copy of each byte and not of the whole each time.
bool FrameInput::next_of_kept(Frame& frame) {
  if (!complete(sizeof(FrameHeader))) return false;
  std::memcpy(&frame.header, kept_.data(), sizeof(FrameHeader));
  broken_ = fault_of(frame.header);
  if (!broken_.empty()) return false;
  const std::size_t size = sizeof(FrameHeader) + frame.header.length;
  kept_.expect(size);
  if (!complete(size)) return false;
  frame.payload = {kept_.data() + sizeof(FrameHeader), frame.header.length};
  handed_out_ = true;
  return true;
}

// Moves bytes from the scratch to what is kept, up to `size` of them there.
bool FrameInput::complete(std::size_t size) {
  if (kept_.size() < size) {
    const std::size_t moved = std::min(size - kept_.size(), end_ - at_);
    kept_.append({scratch_ + at_, moved});
    at_ += moved;
  }
  return kept_.size() >= size;
}

void FrameInput::finish() {
  if (handed_out_) kept_.clear_beyond(kKeptMax);
  handed_out_ = false;
  if (broken_.empty() && end_ > at_) kept_.append({scratch_ + at_, end_ - at_});
  scratch_ = nullptr;
  at_ = end_ = 0;
}

}  // namespace sojourn
