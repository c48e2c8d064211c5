// A ServingResult takes in the reply of next or call, whole or as a stream; a ServingOutcome the answer to state or
// lease, which may be asked for while a stream is being read. Their frames come as the channel is looked at; nothing
// here waits.
//
// Lifetime: what response() and value() show lives until the next begin(), or release().
// Memory:   a whole reply lies in memory of the function, which its limit bounds; of a stream at most what was given
//           credit for, in two halves that are part of the program: one fills while the function reads the other.
// Thread:   the instance's main thread, and others under the lock of its owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sojourn/abi.h>

#include "runtime/sandbox/template/body_buffer.h"
#include "runtime/sandbox/template/channel.h"

namespace sojourn {

class ServingResult {
 public:
  ServingResult() {}

  // Waits for the answer to the request of that number. What came before it is void.
  void begin(std::uint32_t number);
  // A frame of the running call. False: it does not belong to this answer.
  bool take(const Frame& frame);
  // The call is over: nothing is waited for, and large memory goes.
  void release();

  std::uint32_t number() const { return number_; }
  // The answer is here: all of it, or the head of a stream.
  bool arrived() const { return state_ == State::kDone || is_stream(); }
  // Something of it has come, so that the rest will too.
  bool begun() const { return state_ != State::kNone && state_ != State::kWaiting; }
  int code() const { return code_; }  // SJ_OK or SJ_E...

  const sj_response& response() const { return response_; }

  // The streamed body of a reply.
  bool is_stream() const { return state_ == State::kStreaming || state_ == State::kEnded || state_ == State::kBroken; }
  // The gateway may still send of it: to be cancelled when nobody reads on.
  bool is_open() const { return state_ == State::kStreaming || unwanted_; }
  bool broken() const { return state_ == State::kBroken; }
  // All that has come and was not given out, until the next call: empty when there is nothing.
  std::string_view take_chunk();

 private:
  enum class State {
    kNone,
    kWaiting,
    kGathering,  // the head of a reply is here, its body comes
    kDone,
    kStreaming,  // the head is here, more may come
    kEnded,      // the stream is complete
    kBroken,     // it broke off
  };
  static constexpr std::size_t kFieldsMax = 256;
  static constexpr std::size_t kHalf = kStreamCreditStart;

  void on_result(const Frame& frame);
  bool keep_head(std::string_view payload);
  void add_body(std::string_view bytes);
  void finish(int code);

  State state_ = State::kNone;
  std::uint32_t number_ = 0;
  int code_ = SJ_OK;
  sj_response response_{};

  BodyBuffer head_;  // the payload of a kResult
  BodyBuffer body_;  // the body of a whole reply
  char* place_ = nullptr;
  std::size_t filled_ = 0;  // of body_, or of the half that fills
  int half_ = 0;            // that fills
  bool unwanted_ = false;   // a stream whose head did not fit into memory

  // Last and left as they are: pages that nothing reached do not exist.
  sj_field fields_[kFieldsMax];
  char stream_[2][kHalf];
};

class ServingOutcome {
 public:
  void begin(std::uint32_t stream);
  bool take(const Frame& frame);
  void release();

  bool arrived() const { return arrived_; }
  bool begun() const { return arrived_; }
  int code() const { return code_; }
  std::uint64_t number() const { return number_; }
  sj_bytes value() const { return value_; }

 private:
  std::uint32_t stream_ = 0;  // 0: nothing is waited for
  bool arrived_ = false;
  int code_ = SJ_OK;
  std::uint64_t number_ = 0;
  sj_bytes value_{};
  BodyBuffer kept_;
};

// What a call asked for: at most one of each is under way.
struct ServingAsked {
  ServingResult result;
  ServingOutcome outcome;
};

}  // namespace sojourn
