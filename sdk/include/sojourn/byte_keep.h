// A ByteKeep holds copies of bytes that stay where they are until it goes: a view it has given out is valid
// as long as the keep lives, also after later copies and after the keep was moved. Requests and header fields
// stand on it, which is why their string_views survive a setter.
//
// Cost:      no allocation until the first copy; then one block for many small copies.
// Lifetime:  the views live as long as the keep that gave them out, or the one it was moved into.
// Thread:    a value; one thread at a time.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace sojourn {
inline namespace v1 {
namespace detail {

class ByteKeep {
 public:
  ByteKeep() noexcept = default;
  ByteKeep(const ByteKeep&) = delete;
  ByteKeep& operator=(const ByteKeep&) = delete;
  ByteKeep(ByteKeep&& other) noexcept : last_(std::exchange(other.last_, nullptr)) {}
  ByteKeep& operator=(ByteKeep&& other) noexcept {
    std::swap(last_, other.last_);
    return *this;
  }
  ~ByteKeep() {
    while (last_ != nullptr) {
      ::operator delete(std::exchange(last_, last_->previous));
    }
  }

  // Room for `size` bytes in one piece, so that copies of known size together cost one allocation.
  void reserve(std::size_t size) {
    if (last_ == nullptr || last_->capacity - last_->used < size) grow(size);
  }

  // A copy of the text.
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* place = take(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  // A copy in ASCII lower case, as header field names are.
  std::string_view keep_lower(std::string_view text) {
    if (text.empty()) return {};
    char* place = take(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      place[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return {place, text.size()};
  }

 private:
  struct Block {
    Block* previous;
    std::size_t used;
    std::size_t capacity;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };
  static constexpr std::size_t kBlockBytes = 512;

  char* take(std::size_t size) {
    reserve(size);
    return last_->bytes() + std::exchange(last_->used, last_->used + size);
  }

  void grow(std::size_t size) {
    const std::size_t capacity = size > kBlockBytes ? size : kBlockBytes;
    void* memory = ::operator new(sizeof(Block) + capacity);
    last_ = new (memory) Block{last_, 0, capacity};
  }

  Block* last_ = nullptr;
};

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
