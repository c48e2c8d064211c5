// A Passage is a guard's stay in one call: it stands between the caller and the inner links, hears the reply first and
// passes it on. As it is it changes nothing; a guard overrides what it wants to see.
//
// Thread:   the loop of the call.
// Owner:    itself, until the caller drops its handle; that may happen inside any of the caller's methods, so nothing
//           may follow a call of one.
// Lifetime: its Inner holds the chain, and thereby the guard.
#pragma once

#include <cstddef>

#include "runtime/call/caller.h"
#include "runtime/call/inner.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class Passage : public RunningCall, public Caller {
 public:
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  // Sends the request inwards; the handle is the caller's.
  CallHandle begin(const RequestView& request) {
    send(request);
    return CallHandle(this);
  }

  void drop() override { delete this; }
  void consumed(std::size_t bytes) override { call_.consumed(bytes); }

  void on_reply(const ReplyView& reply, const CallTimes& times) override { caller_.on_reply(reply, times); }
  void on_failure(const CallFailure& failure, const CallTimes& times) override { caller_.on_failure(failure, times); }
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override { caller_.on_stream_begin(head, times); }
  void on_stream_chunk(std::string_view chunk) override { caller_.on_stream_chunk(chunk); }
  void on_stream_end(const std::optional<Error>& broken) override { caller_.on_stream_end(broken); }

 protected:
  Passage(const Inner& inner, Caller& caller) : inner_(inner), caller_(caller) {}
  virtual ~Passage() = default;

  void send(const RequestView& request) { call_ = inner_(request, *this); }

  const Inner inner_;
  Caller& caller_;
  CallHandle call_;
};

}  // namespace sojourn
