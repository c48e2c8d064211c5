// FusedReply is the reply of a fused link while the link around it looks at it: a copy, since what the inner link
// passed may be gone when its entry returns. A streamed reply is collected here piece by piece.
//
// Cost:   two copies of memory per reply; nothing is allocated once the first calls have been served.
// Thread: the instance's main thread.
// Owner:  a FusedCall, for the life of the instance. What response() gives lives until the next keep_head or release.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sojourn/abi.h>

namespace sojourn {

class FusedReply {
 public:
  enum class Kept { kKept, kHeadTooLarge, kBodyTooLarge, kNoMemory };

  FusedReply() = default;
  FusedReply(const FusedReply&) = delete;
  FusedReply& operator=(const FusedReply&) = delete;

  // Begins with the status and the fields of `head`. What the platform alone may say (x-sojourn-...) is left out; a
  // field that is `allowed` stays.
  Kept keep_head(const sj_response& head, std::string_view allowed);
  // Adds to the body, which may become so many bytes long.
  Kept add_body(std::string_view bytes, std::uint64_t limit);

  const sj_response& response() const { return response_; }
  bool equals(const sj_response& other) const;

  // The call is over: memory of an unusual size goes.
  void release();

 private:
  // Bytes that grow and are used again.
  struct Block {
    char* bytes = nullptr;
    std::size_t capacity = 0;
    bool reach(std::size_t size, std::size_t kept);  // false: no memory
    void release();
  };

  sj_response response_{};
  Block head_;  // sj_field ..., then their texts
  Block body_;
};

}  // namespace sojourn
