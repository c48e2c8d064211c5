// ByteReader reads fixed-size values and slices out of bytes that nobody has vouched for. Every read names its
// offset and is checked against the end; there is no way to reach past it and no offset arithmetic that wraps.
//
// Thread:    any; reads only.
// Ownership: borrows the bytes, which outlive the reader and everything sliced from it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sojourn {

class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t size() const { return bytes_.size(); }

  // A copy of the T at `offset`, whatever its alignment; nothing when it does not lie wholly inside.
  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!holds(offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  std::optional<std::string_view> slice(std::uint64_t offset, std::uint64_t length) const {
    if (!holds(offset, length)) return std::nullopt;
    return bytes_.substr(offset, length);
  }

  // The text from `offset` up to its NUL, without it; nothing when no NUL follows.
  std::optional<std::string_view> text(std::uint64_t offset) const {
    if (offset >= size()) return std::nullopt;
    const std::size_t end = bytes_.find('\0', offset);
    if (end == std::string_view::npos) return std::nullopt;
    return bytes_.substr(offset, end - offset);
  }

 private:
  bool holds(std::uint64_t offset, std::uint64_t length) const { return offset <= size() && length <= size() - offset; }

  std::string_view bytes_;
};

}  // namespace sojourn
