#include "gateway/http/reply_head.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "gateway/http/characters.h"

namespace sojourn {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 508:
      return "Loop Detected";
    default:
      return "-";
  }
}

// Writes into room that is known to suffice.
class Pen {
 public:
  explicit Pen(char* at) : begin_(at), at_(at) {}
  Pen& operator<<(std::string_view text) {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  Pen& operator<<(std::uint64_t number) {
    at_ = std::to_chars(at_, at_ + 20, number).ptr;
    return *this;
  }
  std::size_t written() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

// Fields of the connection itself, which no responder sets.
bool is_connections(std::string_view name) {
  const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
  switch (name.size()) {
    case 2:
      return is("te");
    case 4:
      return is("date");
    case 6:
      return is("server");
    case 7:
      return is("upgrade") || is("trailer");
    case 9:
      return is("x-call-id");
    case 10:
      return is("connection") || is("keep-alive");
    case 14:
      return is("content-length");
    case 16:
      return is("proxy-connection");
    case 17:
      return is("transfer-encoding");
    default:
      return false;
  }
}

bool is_clean(const HeaderField& field) {
  const auto token = [](char c) { return token_lower(c) != 0; };
  return !field.name.empty() && std::all_of(field.name.begin(), field.name.end(), token) &&
         std::none_of(field.value.begin(), field.value.end(), is_control);
}

}  // namespace

std::string_view DateLine::at(MonotonicTime now) {
  if (now < valid_until_) return {text_, size_};
  const WallTime wall = Clock::system().wall();
  const std::time_t second = std::chrono::system_clock::to_time_t(wall);
  std::tm utc{};
  ::gmtime_r(&second, &utc);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int written =
      std::snprintf(text_, sizeof text_, "Date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n", kDays[utc.tm_wday],
                    static_cast<unsigned>(utc.tm_mday) % 100u, kMonths[utc.tm_mon],
                    static_cast<unsigned>(utc.tm_year + 1900) % 10000u, static_cast<unsigned>(utc.tm_hour) % 100u,
                    static_cast<unsigned>(utc.tm_min) % 100u, static_cast<unsigned>(utc.tm_sec) % 100u);
  size_ = std::min(static_cast<std::size_t>(written), sizeof text_ - 1);
  const auto next = std::chrono::system_clock::from_time_t(second + 1);
  valid_until_ =
      now + std::max(std::chrono::duration_cast<std::chrono::milliseconds>(next - wall), std::chrono::milliseconds(1));
  return {text_, size_};
}

bool may_pass(const HeaderField& field) {
  return !is_connections(field.name) && is_clean(field);
}

void append_reply_head(OutBuffer& out, const ReplyHead& head) {
  constexpr std::size_t kOwnBytesMax = 256;  // status line, length, connection, and the names of the others
  std::size_t needed = kOwnBytesMax + head.call_id.size() + head.date_line.size();
  for (const HeaderField& field : head.fields) needed += field.name.size() + field.value.size() + 4;
  Pen pen(out.room(needed));
  pen << "HTTP/1.1 " << static_cast<std::uint64_t>(head.status) << " " << reason_phrase(head.status) << "\r\n"
      << head.date_line;
  if (head.framing == ReplyHead::Framing::kLength) pen << "Content-Length: " << head.length << "\r\n";
  if (head.framing == ReplyHead::Framing::kChunked) pen << "Transfer-Encoding: chunked\r\n";
  if (head.connection == ReplyHead::Connection::kClose) pen << "Connection: close\r\n";
  if (head.connection == ReplyHead::Connection::kKeepAlive) pen << "Connection: keep-alive\r\n";
  pen << "X-Call-Id: " << head.call_id << "\r\n";
  for (const HeaderField& field : head.fields) {
    if (may_pass(field)) pen << field.name << ": " << field.value << "\r\n";
  }
  pen << "\r\n";
  out.commit(pen.written());
}

void append_chunk(OutBuffer& out, std::string_view data) {
  char* at = out.room(data.size() + 20);
  char* const begin = at;
  at = std::to_chars(at, at + 16, data.size(), 16).ptr;
  Pen pen(at);
  pen << "\r\n" << data << "\r\n";
  out.commit(static_cast<std::size_t>(at - begin) + pen.written());
}

}  // namespace sojourn
