// Framing is llhttp's strict reading of a request: a second opinion on where the message begins and ends, beside the
// HeadCheck and the ChunkCheck, and the decoder of chunked bodies. Both opinions must agree, else the request is
// refused; so a mistake in one of them does not become a hole.
//
// Thread: the connection's loop.
// Owner:  the connection, which is also the sink.
#pragma once

#include <llhttp.h>
#include <string_view>

namespace sojourn {

class Framing {
 public:
  class Sink {
   public:
    virtual void on_body_bytes(std::string_view bytes) = 0;

   protected:
    ~Sink() = default;
  };
  enum class Progress { kMore, kComplete, kBroken };

  explicit Framing(Sink& sink);
  Framing(const Framing&) = delete;
  Framing& operator=(const Framing&) = delete;

  // Begins a message with its head. kComplete when it has no body.
  Progress begin(std::string_view head);
  // The next bytes of its body. kBroken also when the message ends before the last of them.
  Progress feed(std::string_view bytes);

  std::string_view reason() const;  // REQUIRES: kBroken

 private:
  Sink& sink_;
  llhttp_t parser_;
};

}  // namespace sojourn
