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
#include <utility>
#include <vector>

namespace sojourn {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
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
  // Makes room for `total` bytes in all, so that growing to them moves nothing.
  void expect(std::size_t total) {
    if (total > capacity_) reserve(total);
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

// A BufferShelf keeps large buffers for the next use: memory that the kernel has to give anew costs a page fault for
// every 4 KiB, which is more than copying them.
//
// Thread:    one loop's.
// Ownership: owns what lies on it, at most kBytesMax.
class BufferShelf {
 public:
  static constexpr std::size_t kBytesMax = 16u << 20;
  static constexpr std::size_t kLarge = 32 * 1024;

  // A buffer with room for `size` bytes, if one lies here, else an empty one.
  ByteBuffer take(std::size_t size) {
    for (std::size_t i = kept_.size(); size > kLarge && i > 0; --i) {
      if (kept_[i - 1].capacity() < size) continue;
      ByteBuffer taken = std::move(kept_[i - 1]);
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i - 1));
      bytes_ -= taken.capacity();
      return taken;
    }
    return {};
  }
  // Takes large ones; small ones stay with their owner, emptied.
  void put(ByteBuffer& buffer) {
    buffer.clear();
    if (buffer.capacity() <= kLarge) return;
    ByteBuffer large = std::exchange(buffer, ByteBuffer());
    if (bytes_ + large.capacity() > kBytesMax) return;
    bytes_ += large.capacity();
    kept_.push_back(std::move(large));
  }

 private:
  std::vector<ByteBuffer> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace sojourn
