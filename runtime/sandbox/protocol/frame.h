// A Frame is one message on the channel between the gateway and an instance: a 24-byte header and a payload.
// docs/channel.md tells the order of frames and the rules; this file is the layout, in host byte order, since both ends
// are processes of one machine.
//
// The gateway treats every byte from an instance as hostile: it copies a header once, checks the copy, and only then
// believes the length. An instance trusts the gateway.
//
// Thread: values; any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sojourn {

enum class FrameType : std::uint8_t {
  kHello = 1,     // <- the instance lives: Hello
  kConfig = 2,    // -> who it is and what it may know: Config
  kReady = 3,     // <- START has run: Ready
  kCall = 4,      // -> one request: CallHead
  kBody = 5,      // <-> a piece of a body; from an instance within the credit of its stream
  kBodyEnd = 6,   // <-> the body is complete; from an instance: 32-bit count × (text name, text value) of trailers
  kCredit = 7,    // <-> the reader has room for so many bytes more: Credit; with a stream: of a streamed result
  kReply = 8,     // <- the answer, exactly one per call: ReplyHead
  kError = 9,     // <- instead of a reply: ErrorBody
  kNext = 10,     // <- a decorator's request to the next link: NestedHead
  kCallOut = 11,  // <- a request to another function: NestedHead
  kResult = 12,   // -> the reply to next or call-out, or an error code: ResultHead
  kCancel = 13,   // -> nobody waits for the call any more; <-> with a stream: nobody wants, or gives, more of a result
  kState = 14,    // <- an operation on the function's state: StateHead
  kEmit = 15,     // <- an event, or an item for a queue: EmitHead
  kLease = 16,    // <- a lease: LeaseHead
  kConnect = 17,  // <- an outgoing connection
  kOutcome = 18,  // -> the answer to state, emit, lease, connect: OutcomeHead
  kLog = 19,      // <- a line of log: LogHead
  kGrant = 20,    // -> how many slots may be used; zero: finish and go
  kBye = 21,      // <- going, in order
};

enum FrameFlags : std::uint16_t {
  kBodyFollows = 1,  // the body comes in kBody frames of the same stream up to a kBodyEnd; else it ends the payload
  kStreamed = 2,     // on kReply and kResult: the body's size is not known, and kBody frames obey credit
};

inline constexpr std::uint16_t kFrameMagic = 0x4A53;  // "SJ"
inline constexpr std::uint8_t kFrameVersion = 1;

struct FrameHeader {
  std::uint16_t magic = kFrameMagic;
  std::uint8_t version = kFrameVersion;
  FrameType type{};
  std::uint16_t flags = 0;
  std::uint16_t slot = 0;    // kCall: the claim word of the call
  std::uint32_t length = 0;  // of the payload, bytes
  std::uint32_t stream = 0;  // 0: the call's own bodies; else what it asks for: 1, 2, 3 ... in each call
  std::uint64_t call = 0;    // numbered by the gateway, never used twice in an instance
};
static_assert(sizeof(FrameHeader) == 24);

// A payload larger than this is a violation. Bodies beyond kInlineBodyMax travel in kBody frames.
inline constexpr std::uint32_t kFramePayloadMax = 256 * 1024;
inline constexpr std::uint32_t kInlineBodyMax = 16 * 1024;
inline constexpr std::uint32_t kBodyChunkMax = 64 * 1024;
inline constexpr std::uint32_t kStreamCreditStart = 64 * 1024;

// Payloads. Fixed part first; `text` means a 32-bit length and that many bytes; repeated parts follow their count.

struct Hello {  // kHello
  std::uint32_t abi_major;
  std::uint32_t abi_minor;
};

// kConfig: ConfigHead, text name, text with, then env_count × (text key, text value), secret_count × (text, text).
struct ConfigHead {
  std::uint32_t version;      // of the function
  std::uint32_t one_shot;     // 1: leave after the first reply (isolation: fresh)
  std::uint64_t reply_limit;  // bytes
  std::uint64_t log_limit;    // bytes per call
  std::uint32_t env_count;
  std::uint32_t secret_count;
};

// kReady: ReadyHead, text reason (why START failed).
struct ReadyHead {
  std::uint32_t failed;
};

// kCall: CallHead, text call_id, traceparent, method, path, query, remote, then header_count × (text name, text value),
// then the body itself unless kBodyFollows.
struct CallHead {
  std::int64_t time_left_ns;  // until the deadline, INT64_MAX: none
  std::uint64_t body_size;    // bytes
  std::uint32_t depth;        // of nested calls, 0 at the edge
  std::uint32_t link;         // index in a fused chain
  std::uint32_t attempt;      // 1 for the first
  std::uint32_t header_count;
};

// kReply: ReplyHead, then header_count × (text name, text value), then the body unless kBodyFollows.
struct ReplyHead {
  std::int32_t status;
  std::uint32_t header_count;
  std::uint64_t body_size;  // bytes; ignored with kStreamed
};

// kError: ErrorBody, text type, text message. The meaning of the fields is sj_failure's; above the flags of the ABI the
// host code in the instance says what it knows better than the function. A hostile instance may say anything here.
enum ErrorMarks : std::uint32_t {
  kErrorOutOfMemory = 1u << 16,  // an allocation failed at the memory limit
  kErrorReplyLimit = 1u << 17,   // the reply was longer than the reply limit
  kErrorNoReply = 1u << 18,      // the entry returned and had not answered, or not to the end
};
struct ErrorBody {
  std::int32_t status;
  std::uint32_t flags;
  std::int64_t retry_ms;
};

struct Credit {  // kCredit
  std::uint32_t bytes;
};

// kLog: LogHead, text message, then field_count × (text name, text value).
struct LogHead {
  std::uint32_t level;    // SJ_DEBUG ...
  std::uint32_t dropped;  // lines left out before this one
  std::uint32_t field_count;
};

struct Grant {  // kGrant
  std::uint32_t slots;
};

// What a running call asks for: kNext, kCallOut, kState, kLease, kEmit (and kConnect), numbered by header.stream, one
// at a time. It is answered by a kResult or a kOutcome with the same number.

// kNext, kCallOut: NestedHead, text function (NAME or NAME@VERSION; empty in a kNext), method, path, query, then
// header_count × (text name, text value), then the body unless kBodyFollows. A body is bounded by the callee's limit
// and has no credit.
struct NestedHead {
  std::uint64_t body_size;  // bytes, exact
  std::uint32_t header_count;
  std::uint32_t reserved;
};

// kResult: ResultHead, then header_count × (text name, text value), then the body unless kBodyFollows. A `code` other
// than 0 is one of SJ_E..., and nothing follows. With kStreamed kBody frames come within the credit that the instance
// gives, kStreamCreditStart at first; kBodyEnd is the end, and a kCancel instead says that the inner reply broke off.
struct ResultHead {
  std::int32_t code;
  std::int32_t status;
  std::uint64_t body_size;  // bytes; ignored with kStreamed
  std::uint32_t header_count;
  std::uint32_t reserved;
};

// kState: StateHead, text key, text value.
struct StateHead {
  std::uint32_t operation;  // SJ_STATE_...
  std::uint32_t reserved;
  std::int64_t ttl_ms;  // 0: for ever
  std::uint64_t revision;
};

// kLease: LeaseHead, text name.
struct LeaseHead {
  std::int64_t ttl_ms;
};

// kEmit: EmitHead, text queue (empty: the event is for everybody who listens), then attribute_count × (text name, text
// value), then the data unless kBodyFollows.
struct EmitHead {
  std::uint64_t data_size;  // bytes, exact
  std::uint32_t attribute_count;
  std::uint32_t reserved;
};

// kOutcome: OutcomeHead, then 64-bit number (the revision of a kState, the fence of a kLease) and text value. Both may
// be left out when `code`, one of SJ_E..., says it all.
struct OutcomeHead {
  std::int32_t code;
};

// The claim page: one page of shared memory per instance, made and sealed against resizing by the gateway. A call that
// waits in the channel is QUEUED; the instance takes it by QUEUED -> STARTED just before user code, the gateway takes
// it back by QUEUED -> RECALLED, each by compare-and-swap. The word carries the low bits of the call number, so that
// a word of an earlier call never matches. A hostile instance can write the page: it harms its own calls only.
enum class ClaimState : std::uint32_t { kFree = 0, kQueued = 1, kStarted = 2, kRecalled = 3 };

inline constexpr std::size_t kClaimSlots = 64;

struct ClaimPage {
  std::atomic<std::uint32_t> words[kClaimSlots];
  std::atomic<std::uint32_t> link;  // the fused link whose code runs: 1 is the outermost, 0 none is known
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

constexpr std::uint32_t claim_word(std::uint64_t call, ClaimState state) {
  return static_cast<std::uint32_t>(call) << 2 | static_cast<std::uint32_t>(state);
}

}  // namespace sojourn
