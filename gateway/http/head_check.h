// The HeadCheck reads the head of a request more strictly than llhttp does, before llhttp sees it: what two parsers
// could understand differently is refused, and so cannot smuggle a request past a proxy. It walks the bytes once, in
// order, and may be called again as more arrive: where they are split does not change the verdict.
//
// Refused: CR or LF but in pairs, control characters, another shape than `METHOD SP target SP HTTP/1.0|1.1`, lines that
// begin with white space, names that are no tokens, anything but one Host on 1.1, more than one Content-Length or one
// that is not 1 to 18 digits, a Transfer-Encoding other than `chunked`, on 1.0, or beside a Content-Length.
//
// Thread: a value; the connection's loop.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/http_limits.h"
#include "runtime/base/error.h"

namespace sojourn {

// Why a request is refused by the server itself. The status stands beside the code since 414 and 431, or 400 and 417,
// share one.
struct Refusal {
  int status;
  ErrorCode code;
  std::string text;
};

// Where things stand in a head, as offsets from its first byte, so that the head may be moved.
struct HeadFacts {
  struct Span {
    std::uint16_t at = 0;
    std::uint16_t size = 0;
    std::string_view in(const char* head) const { return {head + at, size}; }
  };
  struct Field {
    Span name;  // made lower-case in place
    Span value;
  };
  enum class Body : std::uint8_t { kNone, kLength, kChunked };
  enum class Expect : std::uint8_t { kNothing, kContinue };

  static constexpr std::size_t kFieldsMax = 100;

  Span method, target, host;
  std::array<Field, kFieldsMax> fields;
  std::uint16_t field_count = 0;
  std::uint8_t minor_version = 1;
  Body body = Body::kNone;
  Expect expect = Expect::kNothing;
  bool has_host = false;
  bool keep_alive = true;  // by version and Connection tokens
  std::uint64_t content_length = 0;
};

class HeadCheck {
 public:
  enum class Verdict { kMore, kComplete, kRefused };

  explicit HeadCheck(const HttpLimits& limits) : limits_(limits) {}

  // Begins a new head.
  void reset();

  // `bytes` is the head from its first byte, `available` how much of it there is: never less than at the last call, and
  // the same bytes. Field names become lower-case in place.
  Verdict scan(char* bytes, std::size_t available);

  bool begun() const { return scanned_ > 0; }
  const HeadFacts& facts() const { return facts_; }       // REQUIRES: kComplete
  std::size_t size() const { return line_; }              // of the head with its last CR LF. REQUIRES: kComplete
  Refusal take_refusal() { return std::move(refusal_); }  // REQUIRES: kRefused

 private:
  enum class Line { kRequest, kField, kEnd };
  enum SeenBit : unsigned { kHost = 1, kLength = 2, kEncoding = 4, kClose = 8, kKeepAlive = 16, kExpect = 32 };

  bool on_line(char* bytes, std::size_t end);
  bool on_request_line(const char* bytes, std::size_t end);
  bool on_field(char* bytes, std::size_t end);
  bool on_known_field(std::string_view name, std::string_view value, HeadFacts::Span at);
  bool on_host(std::string_view value, HeadFacts::Span at);
  bool on_content_length(std::string_view value);
  bool on_connection(std::string_view value);
  bool on_end();
  Verdict too_large();
  bool refuse(std::string text) { return refuse(400, ErrorCode::kBadRequest, std::move(text)); }
  bool refuse(int status, ErrorCode code, std::string text);

  const HttpLimits& limits_;
  std::size_t scanned_ = 0;  // bytes that need not be looked at again
  std::size_t line_ = 0;     // where the line that is being read begins
  Line expected_ = Line::kRequest;
  bool skipped_blank_ = false;
  unsigned seen_ = 0;
  HeadFacts facts_;
  Refusal refusal_{};
};

}  // namespace sojourn
