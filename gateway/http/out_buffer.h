// An OutBuffer gathers the bytes of replies until the end of the turn, when they are written with one system call.
// Unlike a string it does not clear the room it hands out.
//
// Thread: a value; the connection's loop.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace sojourn {

class OutBuffer {
 public:
  // At least `bytes` of room behind the content; commit() says how many were filled.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(size_ + bytes);
    return bytes_.get() + size_;
  }
  void commit(std::size_t bytes) { size_ += bytes; }
  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Empties it; capacity beyond kKeptBytes is given back.
  void clear() {
    size_ = 0;
    if (capacity_ > kKeptBytes) {
      bytes_.reset();
      capacity_ = 0;
    }
  }

  static constexpr std::size_t kKeptBytes = 16 * 1024;

 private:
  void grow(std::size_t at_least) {
    const std::size_t capacity = std::max({at_least, capacity_ * 2, std::size_t{1024}});
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
