#include "runtime/call/call_frames.h"

#include <cstring>

#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

constexpr std::string_view kIdempotencyKey = "idempotency-key";

std::size_t text_size(std::string_view text) {
  return sizeof(std::uint32_t) + text.size();
}

std::size_t head_size(const RequestView& request) {
  std::size_t size = sizeof(CallHead) + text_size(request.call_id) + text_size(request.traceparent) +
                     text_size(request.method) + text_size(request.path) + text_size(request.query) +
                     text_size(request.remote);
  for (const HeaderField& field : request.headers) size += text_size(field.name) + text_size(field.value);
  if (!request.idempotency_key.empty()) size += text_size(kIdempotencyKey) + text_size(request.idempotency_key);
  return size;
}

template <class T>
char* put_fixed(char* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

char* put_bytes(char* at, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

char* put_text(char* at, std::string_view text) {
  return put_bytes(put_fixed(at, static_cast<std::uint32_t>(text.size())), text);
}

char* put_frame(char* at, FrameType type, std::uint16_t flags, std::size_t length) {
  FrameHeader header;
  header.type = type;
  header.flags = flags;
  header.length = static_cast<std::uint32_t>(length);
  return put_fixed(at, header);
}

char* put_head(char* at, const RequestView& request) {
  CallHead head{};
  head.body_size = request.body.size();
  head.attempt = static_cast<std::uint32_t>(request.attempt);
  const bool has_key = !request.idempotency_key.empty();
  head.header_count = static_cast<std::uint32_t>(request.headers.size() + (has_key ? 1 : 0));
  at = put_fixed(at, head);
  for (const std::string_view text :
       {request.call_id, request.traceparent, request.method, request.path, request.query, request.remote}) {
    at = put_text(at, text);
  }
  for (const HeaderField& field : request.headers) at = put_text(put_text(at, field.name), field.value);
  if (has_key) at = put_text(put_text(at, kIdempotencyKey), request.idempotency_key);
  return at;
}

void put_body(ByteBuffer& out, std::string_view body) {
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, kBodyChunkMax);
    char* const at = out.grow(sizeof(FrameHeader) + chunk.size());
    put_bytes(put_frame(at, FrameType::kBody, 0, chunk.size()), chunk);
    body.remove_prefix(chunk.size());
  }
  put_frame(out.grow(sizeof(FrameHeader)), FrameType::kBodyEnd, 0, 0);
}

}  // namespace

std::size_t encoded_size(const RequestView& request) {
  const std::size_t body_frames = request.body.size() / kBodyChunkMax + 2;
  return head_size(request) + request.body.size() + (1 + body_frames) * sizeof(FrameHeader);
}

Status encode_call(const RequestView& request, ByteBuffer& out) {
  const std::size_t head = head_size(request);
  const bool follows = request.body.size() > kInlineBodyMax;
  const std::size_t length = head + (follows ? 0 : request.body.size());
  if (length > kFramePayloadMax) {
    return Error(ErrorCode::kHeadTooLarge, "the request's head is larger than 256 KiB");
  }
  char* at = out.grow(sizeof(FrameHeader) + length);
  at = put_frame(at, FrameType::kCall, follows ? kBodyFollows : 0, length);
  at = put_head(at, request);
  if (follows) {
    put_body(out, request.body);
  } else {
    put_bytes(at, request.body);
  }
  return {};
}

void set_place(ByteBuffer& frames, const CallPlace& place) {
  CallHead head;
  char* const at = frames.data() + sizeof(FrameHeader);
  std::memcpy(&head, at, sizeof head);
  head.depth = place.depth;
  head.link = place.link;
  head.attempt = place.attempt;
  std::memcpy(at, &head, sizeof head);
}

std::string_view encoded_call_id(const ByteBuffer& frames) {
  constexpr std::size_t kAt = sizeof(FrameHeader) + sizeof(CallHead);
  if (frames.size() < kAt) return {};
  return PayloadReader(frames.view().substr(kAt)).text();
}

CallOrigin encoded_origin(const ByteBuffer& frames) {
  PayloadReader in(frames.view().substr(sizeof(FrameHeader) + sizeof(CallHead)));
  CallOrigin origin;
  origin.call_id = in.text();
  origin.traceparent = in.text();
  for (int skipped = 0; skipped < 3; ++skipped) (void)in.text();  // method, path, query
  origin.remote = in.text();
  return origin;
}

}  // namespace sojourn
