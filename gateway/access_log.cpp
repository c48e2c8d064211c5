#include "gateway/access_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/log.h"

namespace sojourn {
namespace {

constexpr std::size_t kFileWriteMax = 64u << 10;  // bytes

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Plain text, as it nearly always is, is appended in one piece.
void append_escaped(std::string& out, std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  if (plain) {
    out += text;
  } else {
    append_json_escaped(out, text);
  }
}

void append_milliseconds(std::string& out, std::chrono::nanoseconds duration) {
  const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)) / 1000;
  append_number(out, microseconds / 1000);
  const auto rest = static_cast<unsigned>(microseconds % 1000);
  out += '.';
  for (const unsigned digit : {rest / 100, rest / 10 % 10, rest % 10}) out += static_cast<char>('0' + digit);
}

// The date of a line, made anew only when the millisecond changed.
void append_time(std::string& out, WallTime time) {
  thread_local std::int64_t shown_ms = -1;
  thread_local std::string shown;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  if (ms != shown_ms) {
    shown = timestamp(time);
    shown_ms = ms;
  }
  out += shown;
}

std::size_t write_limit(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) return kFileWriteMax;
  return PIPE_BUF;  // a pipe that has room has room for this much, and keeps it in one piece
}

bool has_room(int descriptor) {
  pollfd poll{descriptor, POLLOUT, 0};
  return ::poll(&poll, 1, 0) == 1 && (poll.revents & POLLOUT) != 0;
}

// The longest run of whole lines within `size_max` bytes.
std::string_view whole_lines(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return text;
  const std::size_t newline = text.rfind('\n', size_max - 1);
  return text.substr(0, newline == std::string_view::npos ? size_max : newline + 1);
}

}  // namespace

void append_access_line(std::string& out, WallTime time, const AccessRecord& record) {
  out += "{\"time\":\"";
  append_time(out, time);
  out += "\",\"level\":\"info\",\"message\":\"request\",\"method\":\"";
  append_escaped(out, record.method);
  out += "\",\"path\":\"";
  append_escaped(out, record.path.substr(0, kAccessLogPathMax));
  out += "\",\"status\":";
  append_number(out, static_cast<std::uint64_t>(std::max(record.status, 0)));
  out += ",\"bytes\":";
  append_number(out, record.bytes);
  out += ",\"ms\":";
  append_milliseconds(out, record.duration);
  out += ",\"callId\":\"";
  append_escaped(out, record.call_id);
  out += "\",\"remote\":\"";
  append_escaped(out, record.remote);
  if (!record.function.empty()) {
    out += "\",\"function\":\"";
    append_escaped(out, record.function);
    out += '@';
    append_number(out, static_cast<std::uint64_t>(std::max(record.version, 0)));
  }
  if (!record.error.empty()) {
    out += "\",\"error\":\"";
    append_escaped(out, record.error);
  }
  out += "\"}\n";
}

AccessLog::AccessLog(Loop& loop, int descriptor)
    : due_(loop), descriptor_(descriptor), write_max_(descriptor < 0 ? 0 : write_limit(descriptor)) {}

AccessLog::~AccessLog() {
  if (descriptor_ >= 0) flush();
}

void AccessLog::add(const AccessRecord& record) {
  if (descriptor_ < 0) return;
  if (waiting_.size() > kAccessLogWaitingMax) {
    ++dropped_;
    ++dropped_total_;
  } else {
    append_access_line(waiting_, Clock::system().wall(), record);
  }
  if (waiting_.size() >= kAccessLogBatch && !reader_is_slow_) return flush();
  if (!due_.active()) due_.start(kAccessLogDelay, [this] { flush(); });
}

void AccessLog::flush() {
  std::string_view rest = waiting_;
  while (!rest.empty() && has_room(descriptor_)) {
    const std::string_view piece = whole_lines(rest, write_max_);
    const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  reader_is_slow_ = !waiting_.empty();
  if (reader_is_slow_) due_.start(kAccessLogDelay, [this] { flush(); });
  if (waiting_.empty() && dropped_ > 0) {
    waiting_ = "{\"level\":\"warn\",\"message\":\"access log: reader too slow\",\"dropped\":\"" +
               std::to_string(dropped_) + "\"}\n";
    dropped_ = 0;
  }
}

}  // namespace sojourn
