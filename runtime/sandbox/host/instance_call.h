// What an instance carries: a call whose frames are encoded already, and the one who hears how it ends. An instance
// only ever adds the call number and the slot to the frames; the bytes stay with the call, which can so be handed to
// another instance when the first died before it began.
//
// Thread:    the instance's loop.
// Ownership: borrowed by the instance from send() until an on_call_... said that the call ended, or until it was
//            taken back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sojourn/abi.h>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/sandbox/host/byte_buffer.h"
#include "runtime/sandbox/host/nested_ask.h"
#include "runtime/sandbox/host/reply_parser.h"

namespace sojourn {

// What a kError frame says. `status` 0 is a fault, else an answer with `message` as its text.
struct ReportedError {
  std::int32_t status = 0;
  std::uint32_t marks = 0;  // ErrorMarks
  std::optional<std::chrono::milliseconds> retry_after;
  std::string_view type;
  std::string_view message;
};

class InstanceCall {
 public:
  // A kCall frame, and where its body is long, kBody frames and a kBodyEnd, one after the other.
  ByteBuffer frames;
  std::chrono::nanoseconds timeout{0};            // from when it is an instance's head
  MonotonicTime deadline = MonotonicTime::max();  // of the chain it belongs to; the earlier of the two counts
  std::chrono::nanoseconds grace{0};              // beyond that, for a call that waits for another
  std::uint64_t number = 0;                       // given by the instance that has it
  MonotonicTime sent_at{};                        // when the instance got it
  MonotonicTime ended_at{};                       // when its answer was read

  virtual std::string_view call_id() const = 0;

  // Exactly one of these ends the call: on_call_reply, on_call_error, on_call_failed, on_call_stream_end. The views
  // end with the method.
  virtual void on_call_reply(const ParsedReply& reply) = 0;
  virtual void on_call_error(const ReportedError& error) = 0;
  virtual void on_call_failed(const Error& error) = 0;
  virtual void on_call_stream_begin(const ParsedReply& head) = 0;
  virtual void on_call_stream_chunk(std::string_view chunk) = 0;
  virtual void on_call_stream_end(const std::optional<Error>& broken) = 0;

  // The running call asks for something. SJ_OK: it will be, or was from inside, answered through the instance's
  // send_...; an SJ_E... is sent as the answer at once. Comes once the body is complete.
  virtual int on_call_asks(const NestedAsk&) { return SJ_EUNAVAILABLE; }
  virtual int on_call_asks_state(const StateAsk&) { return SJ_EUNAVAILABLE; }
  virtual int on_call_asks_lease(const LeaseAsk&) { return SJ_EUNAVAILABLE; }
  // Whether it may send this event: `ask` is without the data. SJ_OK: the event comes by on_call_emits, unless the call
  // ends before; an SJ_E... is sent as the answer at once.
  virtual int on_call_may_emit(const EmitAsk&) { return SJ_EUNAVAILABLE; }
  virtual int on_call_emits(const EmitAsk&) { return SJ_EUNAVAILABLE; }  // the answer
  // How long a body the callee takes, before it comes: `ask` is without it. More is answered with SJ_ELIMIT.
  virtual std::uint64_t nested_body_limit(const NestedAsk&) { return kNestedBodyMax; }
  // It has read `bytes` of the streamed result: there is room for so many more.
  virtual void on_call_result_consumed(std::size_t /*bytes*/) {}
  // It no longer waits for what it asked, or wants no more of the streamed result: nothing is to be sent any more. Not
  // called when the call itself ends.
  virtual void on_call_result_dropped() {}

  static constexpr std::uint64_t kNestedBodyMax = 6u << 20;  // bytes

 protected:
  ~InstanceCall() = default;
};

}  // namespace sojourn
