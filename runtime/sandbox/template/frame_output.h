// FrameOutput builds one frame in a buffer that is part of the program and is never allocated: an instance has one, and
// of its pages only those that a frame ever reached exist.
//
// REQUIRES: begin, then what the payload holds, then finish. What does not fit is not written, and fits() says so.
// Thread:   one at a time; the instance holds a lock.
#pragma once

#include <cstring>
#include <string_view>

#include <sojourn/abi.h>

#include "runtime/sandbox/template/channel.h"

namespace sojourn {

class FrameOutput {
 public:
  void begin(FrameType type, std::uint64_t call) {
    header_ = {};
    header_.type = type;
    header_.call = call;
    size_ = sizeof header_;
    fits_ = true;
  }
  void stream(std::uint32_t number) { header_.stream = number; }
  void flag(FrameFlags flag) { header_.flags = static_cast<std::uint16_t>(header_.flags | flag); }

  template <class T>
  void fixed(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    raw(&value, sizeof value);
  }
  void text(std::string_view bytes) {
    fixed(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes.data(), bytes.size());
  }
  void fields(sj_fields fields) {
    for (std::size_t index = 0; index < fields.count; ++index) {
      text({fields.items[index].name.data, fields.items[index].name.size});
      text({fields.items[index].value.data, fields.items[index].value.size});
    }
  }
  void raw(const void* bytes, std::size_t size) {
    if (size > kFrameMax - size_) {
      fits_ = false;
      return;
    }
    if (size > 0) std::memcpy(buffer_ + size_, bytes, size);
    size_ += size;
  }

  bool fits() const { return fits_; }

  // The whole frame, header and payload.
  std::string_view finish() {
    header_.length = static_cast<std::uint32_t>(size_ - sizeof header_);
    std::memcpy(buffer_, &header_, sizeof header_);
    return {buffer_, size_};
  }

 private:
  FrameHeader header_;
  std::size_t size_ = 0;
  bool fits_ = true;
  static char buffer_[kFrameMax];
};

}  // namespace sojourn
