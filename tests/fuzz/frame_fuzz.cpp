// Frames from an instance, read in two pieces cut at a place of the fuzzer's choice, and the replies in them.
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "runtime/sandbox/host/frame_input.h"
#include "runtime/sandbox/host/reply_parser.h"

namespace {

void feed(sojourn::FrameInput& input, const std::uint8_t* data, std::size_t size) {
  static const auto scratch = std::make_unique<char[]>(sojourn::FrameInput::kScratchSize);
  std::vector<sojourn::HeaderField> fields;
  while (size > 0) {
    const auto room = input.begin(scratch.get());
    const std::size_t taken = std::min(room.size(), size);
    if (taken == 0) return;
    std::memcpy(room.data(), data, taken);
    input.filled(taken);
    for (sojourn::Frame frame; input.next(frame);) {
      if (frame.header.type == sojourn::FrameType::kReply) {
        (void)sojourn::parse_reply(frame.payload, sojourn::ReplyBody::kInline, fields);
      }
    }
    if (!input.broken().empty()) return;
    input.finish();
    data += taken;
    size -= taken;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t cut = std::min<std::size_t>(size - 1, data[0] * 4u);
  sojourn::FrameInput input;
  feed(input, data + 1, cut);
  if (input.broken().empty()) feed(input, data + 1 + cut, size - 1 - cut);
  return 0;
}
