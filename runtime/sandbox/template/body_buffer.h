// Memory for a body that comes in pieces. It is kept for the next one while it is not large.
//
// Thread: the instance's main thread.
// Owner:  whoever gathers; what take() gave lives until the next take() or done().
#pragma once

#include <cstddef>
#include <stdlib.h>

namespace sojourn {

class BodyBuffer {
 public:
  // nullptr: the function's memory limit does not allow it.
  char* take(std::size_t size) {
    if (size > capacity_) {
      ::free(bytes_);
      bytes_ = static_cast<char*>(::malloc(size));
      capacity_ = bytes_ == nullptr ? 0 : size;
    }
    return bytes_;
  }
  std::size_t capacity() const { return capacity_; }
  void done() {
    if (capacity_ <= kKeepMax) return;
    ::free(bytes_);
    bytes_ = nullptr;
    capacity_ = 0;
  }

 private:
  static constexpr std::size_t kKeepMax = 4u << 20;  // bytes
  char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace sojourn
