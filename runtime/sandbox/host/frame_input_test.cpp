#include "runtime/sandbox/host/frame_input.h"

#include <cstring>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

#include "runtime/sandbox/host/line_cutter.h"

namespace sojourn {
namespace {

std::string frame_bytes(FrameType type, std::string_view payload) {
  FrameHeader header;
  header.type = type;
  header.length = static_cast<std::uint32_t>(payload.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(payload);
}

// What comes out when `bytes` arrive in pieces of `piece` bytes.
std::vector<std::string> cut(FrameInput& input, std::string_view bytes, std::size_t piece) {
  const auto scratch = std::make_unique<char[]>(FrameInput::kScratchSize);
  std::vector<std::string> payloads;
  while (!bytes.empty() && input.broken().empty()) {
    const auto room = input.begin(scratch.get());
    const std::size_t count = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), count);
    input.filled(count);
    for (Frame frame; input.next(frame);) payloads.emplace_back(frame.text());
    input.finish();
    bytes.remove_prefix(count);
  }
  return payloads;
}

}  // namespace

TEST_CASE("frame input: frames are the same however their bytes arrive") {
  const std::vector<std::string> sent = {"one", "", std::string(100'000, 'x'), "last"};
  std::string bytes;
  for (const std::string& payload : sent) bytes += frame_bytes(FrameType::kReply, payload);
  for (const std::size_t piece : {1u, 2u, 7u, 23u, 24u, 25u, 1000u, 99'999u, 400'000u}) {
    FrameInput input;
    CHECK(cut(input, bytes, piece) == sent);
    CHECK_FALSE(input.holds_part());
  }
}

TEST_CASE("frame input: a fault is found as soon as the header is whole, and nothing comes after it") {
  std::string bytes = frame_bytes(FrameType::kReply, "good");
  std::string bad = frame_bytes(FrameType::kReply, "never");
  bad[0] = 'X';
  bytes += bad + frame_bytes(FrameType::kReply, "after");
  for (const std::size_t piece : {1u, 5u, 1000u}) {
    FrameInput input;
    CHECK(cut(input, bytes, piece) == std::vector<std::string>{"good"});
    CHECK(input.broken() == "a frame without the magic number");
  }
}

TEST_CASE("frame input: a length over the limit is refused before its bytes come") {
  FrameHeader header;
  header.type = FrameType::kBody;
  header.length = kFramePayloadMax + 1;
  FrameInput input;
  CHECK(cut(input, {reinterpret_cast<const char*>(&header), sizeof header}, 1).empty());
  CHECK_FALSE(input.broken().empty());
}

TEST_CASE("line cutter: lines are cut at their end, and long ones at the limit") {
  LineCutter cutter;
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  cutter.feed("one\r\ntw", keep);
  cutter.feed("o\n\n", keep);
  CHECK(lines == std::vector<std::string>{"one", "two", ""});
  lines.clear();
  cutter.feed(std::string(20'000, 'y'), keep);
  cutter.feed("\nend", keep);
  cutter.end(keep);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].size() == LineCutter::kLineMax);
  CHECK(lines[2].size() == 20'000 - 2 * LineCutter::kLineMax);
  CHECK(lines[3] == "end");
}

}  // namespace sojourn
