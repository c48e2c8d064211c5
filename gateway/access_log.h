// The AccessLog writes one JSON line per request. Lines are gathered for kAccessLogDelay, or until kAccessLogBatch
// bytes are there, so that a busy loop pays one system call for many requests and no reply waits for its line; a reader
// that is too slow costs lines, never time. A killed gateway takes the last moment's lines along; an orderly end writes
// them.
//
// Never logged: the query, headers, bodies. Bytes from outside are escaped, so none can forge a line.
//
// Thread: a loop's; one log per loop. Lines of several loops do not mix: each write is whole lines, and at most as
//         long as the kernel keeps together.
// Bound:  kAccessLogWaitingMax bytes wait for a slow reader; what comes over that is dropped and counted in a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/loop/loop.h"

namespace sojourn {

inline constexpr std::size_t kAccessLogWaitingMax = 1u << 20;
inline constexpr std::size_t kAccessLogBatch = 32u << 10;  // bytes
inline constexpr std::chrono::milliseconds kAccessLogDelay{50};
inline constexpr std::size_t kAccessLogPathMax = 1024;  // bytes of the path that are shown

struct AccessRecord {
  std::string_view method;
  std::string_view path;  // decoded, without the query
  std::string_view remote;
  std::string_view call_id;
  std::string_view function;  // empty: not a call
  int version = 0;
  int status = 0;           // 0: the client was gone before there was one
  std::uint64_t bytes = 0;  // of the body, as handed to the connection
  std::chrono::nanoseconds duration{0};
  std::string_view error;  // the platform's code, or empty
};

void append_access_line(std::string& out, WallTime time, const AccessRecord& record);

class AccessLog {
 public:
  // Borrows the descriptor; -1 logs nothing.
  AccessLog(Loop& loop, int descriptor);
  ~AccessLog();

  void add(const AccessRecord& record);
  std::uint64_t dropped() const { return dropped_total_; }

 private:
  void flush();

  Timer due_;
  const int descriptor_;
  std::size_t write_max_;  // bytes in one write
  std::string waiting_;
  bool reader_is_slow_ = false;  // the last write did not take everything: tried again only when the time comes
  std::uint64_t dropped_ = 0;    // since the last line that said so
  std::uint64_t dropped_total_ = 0;
};

}  // namespace sojourn
