// PayloadWriter and PayloadReader put values into a frame's payload and take them out. The reader is made for hostile
// bytes: it never reads past the end, and after the first failure every further read fails too, so that a caller may
// read everything and ask ok() once.
//
// Thread: values; not shared. Views that the reader returns point into the payload it was given.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace sojourn {

class PayloadWriter {
 public:
  explicit PayloadWriter(std::string& out) : out_(out) {}

  template <class T>
  void fixed(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view bytes) {
    fixed(static_cast<std::uint32_t>(bytes.size()));
    out_.append(bytes);
  }
  void raw(std::string_view bytes) { out_.append(bytes); }

 private:
  std::string& out_;
};

class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : rest_(payload) {}

  template <class T>
  T fixed() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    const std::string_view bytes = raw(sizeof value);
    if (ok_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view text() { return raw(fixed<std::uint32_t>()); }
  std::string_view raw(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::string_view rest() const { return ok_ ? rest_ : std::string_view{}; }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace sojourn
