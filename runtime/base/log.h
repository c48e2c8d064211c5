// Log writes one JSON object per line: {"time","level","message",…fields}. Control characters are escaped,
// so no caller's or function's bytes can forge a line.
//
// Thread:    any; one line is one write(2) and so is not torn up to PIPE_BUF.
// Owner:     main makes one and passes it by reference; it outlives everything it is passed to.
// Ownership: borrows the descriptor.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

std::string_view name(LogLevel level);

class Log {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  using Fields = std::initializer_list<Field>;

  Log(int fd, LogLevel least) : fd_(fd), least_(least) {}

  void debug(std::string_view message, Fields fields = {}) const { write(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(LogLevel::kInfo, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { write(LogLevel::kWarn, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(LogLevel::kError, message, fields); }
  void write(LogLevel level, std::string_view message, Fields fields) const;
  bool enabled(LogLevel level) const { return level >= least_; }

 private:
  int fd_;
  LogLevel least_;
};

// Appends `text` to `out` as the inside of a JSON string. Bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

// RFC 3339 in UTC with milliseconds: 2026-01-31T09:00:00.000Z.
std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace sojourn
