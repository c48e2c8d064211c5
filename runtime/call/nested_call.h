// A NestedCall is the Caller of what a running call asked for: it hands the answer, or the stream, to the instance that
// waits for it, at the pace at which it reads.
//
// Thread: the call's loop.
// Owner:  the Call, a member; at most one thing is asked for at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/call/caller.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class Call;

class NestedCall final : public Caller {
 public:
  explicit NestedCall(Call& call) : call_(call) {}

  // Before the request is handed on; then hold() what came of that.
  void begin();
  void hold(CallHandle handle) { handle_ = std::move(handle); }
  // The instance has read so many bytes of the stream.
  void read(std::size_t bytes);
  // Nobody waits any more.
  void drop();

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view chunk) override;
  void on_stream_end(const std::optional<Error>& broken) override;

 private:
  void send(std::string_view chunk);
  void end(const std::optional<Error>& broken);

  Call& call_;
  CallHandle handle_;
  std::size_t room_ = 0;  // bytes that the instance can take
  std::string unsent_;    // beyond that; bounded by what the inner link was given room for
  bool ended_ = false;    // the inner stream, while some of it is unsent
  bool broken_ = false;
};

}  // namespace sojourn
