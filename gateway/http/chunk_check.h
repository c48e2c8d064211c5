// The ChunkCheck is for a chunked body what the HeadCheck is for a head: it walks the lines between the data before
// llhttp sees them and refuses what is not exactly `HEX [;extension] CR LF data CR LF … 0 CR LF [trailers] CR LF`.
// Chunk data is skipped, not looked at. Trailers are checked and then discarded.
//
// Thread: a value; the connection's loop.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/http_limits.h"

namespace sojourn {

class ChunkCheck {
 public:
  enum class Verdict { kMore, kComplete, kRefused };

  explicit ChunkCheck(const HttpLimits& limits) : limits_(limits) {}

  // Begins a new body.
  void reset();

  // Walks bytes that follow those of the last call. `used` becomes how many belong to this body.
  Verdict scan(std::string_view bytes, std::size_t& used);

  const std::string& reason() const { return reason_; }  // REQUIRES: kRefused

 private:
  // What was read last.
  enum class State : std::uint8_t {
    kSize,       // the chunk's size, or nothing yet
    kExtension,  // `;` behind the size
    kSizeCr,     // CR at the end of the size line
    kData,       // part of the data
    kDataEnd,    // all of the data
    kDataCr,     // CR behind it
    kTrailer,    // the LF before a trailer, or before the end
    kTrailerName,
    kTrailerValue,
    kTrailerCr,
    kEndCr,  // CR of the empty line
  };
  enum class Step { kGoOn, kDone, kBad };

  Step on_byte(char c);
  Step on_size(char c);
  Step on_size_end();
  Step on_trailer_byte(char c);
  Step on_trailer_name_end();
  Step refuse(std::string reason);

  const HttpLimits& limits_;
  State state_ = State::kSize;
  std::uint64_t left_ = 0;  // of the chunk
  int digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::array<char, 20> name_{};  // the beginning of a trailer's name, lower-case
  std::size_t name_size_ = 0;
  std::string reason_;
};

}  // namespace sojourn
