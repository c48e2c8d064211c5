// A ByteBuffer is memory that grows and is used again: clear() keeps what was reserved, and grow() hands out room
// without writing zeros into it first. The hot path encodes frames into one and gathers bodies in one.
//
// Thread:    a value; not shared.
// Ownership: owns its memory. A pointer from grow() or data() ends with the next grow().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace sojourn {

class ByteBuffer {
 public:
  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // Room for `count` bytes more at the end, theirs to fill.
  char* grow(std::size_t count) {
    if (size_ + count > capacity_) reserve(std::max(size_ + count, 2 * capacity_));
    char* const room = bytes_.get() + size_;
    size_ += count;
    return room;
  }
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
  }
  void clear() { size_ = 0; }
  // Forgets the content; memory beyond `keep` bytes goes back, so that one large call does not stay for ever.
  void clear_beyond(std::size_t keep) {
    size_ = 0;
    if (capacity_ > keep) {
      bytes_.reset();
      capacity_ = 0;
    }
  }

 private:
  void reserve(std::size_t capacity) {
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace sojourn
