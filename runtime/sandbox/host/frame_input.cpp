#include "runtime/sandbox/host/frame_input.h"

#include <cassert>
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
  at_ = 0;
  end_ = kept_.size();
  assert(end_ <= kScratchSize / 2);
  if (end_ > 0) std::memcpy(scratch, kept_.data(), end_);
  kept_.clear();
  return {scratch + end_, kScratchSize - end_};
}

bool FrameInput::next(Frame& frame) {
  if (!broken_.empty() || end_ - at_ < sizeof(FrameHeader)) return false;
  std::memcpy(&frame.header, scratch_ + at_, sizeof(FrameHeader));
  broken_ = fault_of(frame.header);
  if (!broken_.empty()) return false;
  if (end_ - at_ < sizeof(FrameHeader) + frame.header.length) return false;
  frame.payload = {scratch_ + at_ + sizeof(FrameHeader), frame.header.length};
  at_ += sizeof(FrameHeader) + frame.header.length;
  return true;
}

void FrameInput::finish() {
  if (broken_.empty() && end_ > at_) kept_.append({scratch_ + at_, end_ - at_});
  if (kept_.empty()) kept_.clear_beyond(4096);
  scratch_ = nullptr;
  at_ = end_ = 0;
}

}  // namespace sojourn
