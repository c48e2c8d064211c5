// Writes the head of a reply: status line, the fields that are the connection's own, and the responder's, of which
// those that frame the message or belong to one hop are dropped, and whatever could forge a line.
//
// Thread: any; a DateLine is its loop's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/http/out_buffer.h"
#include "runtime/base/clock.h"
#include "runtime/base/header_field.h"

namespace sojourn {

// The Date field, made anew when the second has changed.
class DateLine {
 public:
  std::string_view at(MonotonicTime now);  // "Date: …\r\n"

 private:
  char text_[40] = {};
  std::size_t size_ = 0;
  MonotonicTime valid_until_{};
};

struct ReplyHead {
  enum class Framing : std::uint8_t {
    kNothing,     // 204 and 304: no body, no length
    kLength,      // Content-Length: `length`
    kChunked,     // Transfer-Encoding: chunked
    kUntilClose,  // HTTP/1.0: the body ends with the connection
  };
  enum class Connection : std::uint8_t { kUnsaid, kClose, kKeepAlive };

  int status = 200;
  std::span<const HeaderField> fields;
  Framing framing = Framing::kLength;
  std::uint64_t length = 0;
  Connection connection = Connection::kUnsaid;
  std::string_view call_id;
  std::string_view date_line;
};

inline constexpr HeaderField kAllow{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"};  // the methods served

void append_reply_head(OutBuffer& out, const ReplyHead& head);

// A chunk of a chunked body. REQUIRES: `data` is not empty.
void append_chunk(OutBuffer& out, std::string_view data);

// Whether a field of a responder may go out.
bool may_pass(const HeaderField& field);

}  // namespace sojourn
