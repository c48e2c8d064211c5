#include "bench/load/reply_reader.h"

#include <charconv>
#include <cstring>
#include <strings.h>

namespace bench {
namespace {

constexpr std::size_t kRoomMin = 64 << 10;

// The value of a field of the head, or an empty view. `name` ends with its colon.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line + 2 + name.size() < head.size(); line = head.find("\r\n", line + 2)) {
    const char* start = head.data() + line + 2;
    if (strncasecmp(start, name.data(), name.size()) != 0) continue;
    std::string_view value = head.substr(line + 2 + name.size());
    value = value.substr(0, value.find("\r\n"));
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

}  // namespace

std::span<char> ReplyReader::room() {
  const std::size_t wanted = filled_ + kRoomMin;
  if (buffer_.size() < wanted) buffer_.resize(wanted * 2);
  return std::span(buffer_).subspan(filled_);
}

bool ReplyReader::read_head() {
  const std::string_view seen(buffer_.data(), filled_);
  const std::size_t end = seen.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const std::string_view head = seen.substr(0, end + 4);
  broken_ = !head.starts_with("HTTP/1.1 ") || !parse(head.substr(9, 3), status_) ||
            !parse(field(head, "content-length:"), body_size_);
  head_size_ = head.size();
  return !broken_;
}

std::optional<Reply> ReplyReader::whole() {
  if (head_size_ == 0 && !read_head()) return std::nullopt;
  if (broken_ || filled_ < head_size_ + body_size_) return std::nullopt;
  const std::string_view seen(buffer_.data(), filled_);
  return Reply{status_, seen.substr(0, head_size_), seen.substr(head_size_, body_size_)};
}

void ReplyReader::next() {
  const std::size_t used = head_size_ + body_size_;
  std::memmove(buffer_.data(), buffer_.data() + used, filled_ - used);
  filled_ -= used;
  head_size_ = 0;
}

}  // namespace bench
