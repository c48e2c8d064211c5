#include "runtime/sandbox/template/fused_reply.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/template/function_facts.h"

namespace sojourn {
namespace {

constexpr std::string_view kPlatformPrefix = "x-sojourn-";
constexpr std::size_t kReleasedAbove = 4u << 20;  // bytes
// A field takes at least two lengths of a frame, so that a reply that fits into one has no more.
constexpr std::size_t kFieldsMax = kFramePayloadMax / (2 * sizeof(std::uint32_t));

bool same(sj_bytes one, sj_bytes other) {
  return view(one) == view(other);
}

bool is_left_out(std::string_view name, std::string_view allowed) {
  return name.starts_with(kPlatformPrefix) && name != allowed && name != SJ_FILTERED_HEADER;
}

// Copies a text to `at` and moves it behind.
sj_bytes put(char*& at, sj_bytes text) {
  if (text.size > 0) std::memcpy(at, text.data, text.size);
  const sj_bytes copy{at, text.size};
  at += text.size;
  return copy;
}

}  // namespace

bool FusedReply::Block::reach(std::size_t size, std::size_t kept) {
  if (size <= capacity) return true;
  const std::size_t wanted = std::max(size, std::max<std::size_t>(512, capacity * 2));
  char* const larger = static_cast<char*>(std::malloc(wanted));
  if (larger == nullptr) return false;
  if (kept > 0) std::memcpy(larger, bytes, kept);
  std::free(bytes);
  bytes = larger;
  capacity = wanted;
  return true;
}

void FusedReply::Block::release() {
  if (capacity <= kReleasedAbove) return;
  std::free(bytes);
  *this = Block();
}

FusedReply::Kept FusedReply::keep_head(const sj_response& head, std::string_view allowed) {
  response_ = {sizeof(sj_response), head.status, 0, {nullptr, 0}, {nullptr, 0}};
  if (head.headers.count > kFieldsMax) return Kept::kHeadTooLarge;
  const sj_field* const fields = head.headers.items;
  std::size_t size = head.headers.count * sizeof(sj_field);
  for (std::size_t index = 0; index < head.headers.count; ++index) {
    const std::size_t texts = fields[index].name.size + fields[index].value.size;
    if (texts > kFramePayloadMax || size > kFramePayloadMax - texts) return Kept::kHeadTooLarge;
    size += texts;
  }
  if (!head_.reach(size, 0)) return Kept::kNoMemory;
  sj_field* const copies = reinterpret_cast<sj_field*>(head_.bytes);
  char* at = head_.bytes + head.headers.count * sizeof(sj_field);
  std::size_t count = 0;
  for (std::size_t index = 0; index < head.headers.count; ++index) {
    if (is_left_out(view(fields[index].name), allowed)) continue;
    copies[count].name = put(at, fields[index].name);
    copies[count].value = put(at, fields[index].value);
    ++count;
  }
  response_.headers = {copies, count};
  return Kept::kKept;
}

FusedReply::Kept FusedReply::add_body(std::string_view bytes, std::uint64_t limit) {
  const std::size_t filled = response_.body.size;
  if (bytes.size() > limit || filled > limit - bytes.size()) return Kept::kBodyTooLarge;
  if (!body_.reach(filled + bytes.size(), filled)) return Kept::kNoMemory;
  if (!bytes.empty()) std::memcpy(body_.bytes + filled, bytes.data(), bytes.size());
  response_.body = {body_.bytes, filled + bytes.size()};
  return Kept::kKept;
}

bool FusedReply::equals(const sj_response& other) const {
  if (other.status != response_.status || other.headers.count != response_.headers.count) return false;
  for (std::size_t index = 0; index < other.headers.count; ++index) {
    const sj_field& one = response_.headers.items[index];
    const sj_field& two = other.headers.items[index];
    if (!same(one.name, two.name) || !same(one.value, two.value)) return false;
  }
  return same(response_.body, other.body);
}

void FusedReply::release() {
  response_ = {};
  head_.release();
  body_.release();
}

}  // namespace sojourn
