// A ReplyPassage is the Caller of a call that a client waits for: it passes the reply on, in one piece or as a stream
// at the client's pace, and what failed as the platform's error.
//
// Thread: the exchange's loop.
// Owner:  the responder that started the call, whose Answer outlives it. Dropping it says that nobody waits: the call
//         is taken back, or sees cancelled().
#pragma once

#include <cstddef>
#include <utility>

#include "gateway/answer.h"
#include "runtime/call/runtime.h"

namespace sojourn {

class ReplyPassage final : public Caller {
 public:
  explicit ReplyPassage(Answer& answer) : answer_(answer) {}

  // The call that was started with this as its caller.
  void begin(CallHandle call) { call_ = std::move(call); }
  // Responder::on_room: what was written has gone out.
  void give_room();

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view chunk) override;
  void on_stream_end(const std::optional<Error>& broken) override;

 private:
  Answer& answer_;
  CallHandle call_;
  std::size_t owed_ = 0;  // bytes of the stream that the instance was given no new room for yet
};

}  // namespace sojourn
