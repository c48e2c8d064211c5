// A Stream is a reply that is written piece by piece: the head goes out when it is opened, each write is on its
// way when it returns, and end() gives what the function returns.
//
//   Stream out = context.stream(Response::bytes("", "text/event-stream"));
//   while (!context.cancelled() && out.event(next_line())) {}
//   return out.end();
//
// Errors:    write and event wait for room and are false once the client has left; past the deadline they throw
//            Error 504. A function that throws after the head went out ends the stream broken.
// Lifetime:  the call that opened it.
// Thread:    the thread that the call entered on.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/error.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {

class Stream {
 public:
  // Sends status and header fields of `head`; its body is left out.
  Stream(const sj_host& host, sj_call* call, const Response& head) : host_(&host), call_(call) {
    const sj_response raw = head.to_abi();
    const int code = host.begin(call, &raw);
    if (code != SJ_OK && code != SJ_EGONE) detail::refuse(code, "stream");
  }

  bool write(std::string_view chunk) {
    const int code = host_->write(call_, detail::to_bytes(chunk));
    if (code == SJ_EGONE) return false;
    if (code != SJ_OK) detail::refuse(code, "stream write");
    return true;
  }

  // One server-sent event. Throws std::invalid_argument when type or id hold a line break, which would forge
  // another field.
  bool event(std::string_view data, std::string_view type = {}, std::string_view id = {});

  Response end() {
    const int code = host_->end(call_, {nullptr, 0});
    if (code != SJ_OK && code != SJ_EGONE) detail::refuse(code, "stream end");
    Response done;
    done.where_ = Response::Body::kSent;
    return done;
  }

 private:
  const sj_host* host_;
  sj_call* call_;
};

namespace detail {

inline void append_event_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (value.find_first_of(kBreaks) != std::string_view::npos) {
    throw std::invalid_argument("stream event: its " + std::string(name) + " holds a line break");
  }
  out.append(name).append(": ").append(value).append("\n");
}

}  // namespace detail

inline bool Stream::event(std::string_view data, std::string_view type, std::string_view id) {
  std::string out;
  out.reserve(data.size() + type.size() + id.size() + 32);
  detail::append_event_field(out, "event", type);
  detail::append_event_field(out, "id", id);
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return write(out.append("\n"));
}

}  // namespace v1
}  // namespace sojourn
