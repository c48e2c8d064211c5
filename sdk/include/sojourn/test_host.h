// A host for unit tests: it offers a function everything of the ABI from plain members of a C++ object, with no
// server, no sandbox and no second thread. <sojourn/testing.h> makes calls through it.
//
// A test sets what the function will find (env, secrets, inner, functions ...) before the call, and reads what it
// did (logs, emitted, failure ...) after it. State and leases last as long as the Host.
//
// Thread:  one.
// Owner:   the test.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/cloud_event.h>
#include <sojourn/request.h>
#include <sojourn/response.h>

namespace sojourn {
inline namespace v1 {
namespace test {

struct LogLine {
  int level = SJ_INFO;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};

// What a function threw.
struct Failure {
  int status = 0;  // 0: a fault; the caller would see a generic 500
  unsigned flags = 0;
  std::chrono::milliseconds retry_after{};
  std::string type;
  std::string message;
};

class Host {
 public:
  using Answer = std::function<Response(const Request&)>;
  struct Stored {
    std::string value;
    std::uint64_t revision = 0;
  };

  // What the function will find.
  std::map<std::string, std::string, std::less<>> env_values;
  std::map<std::string, std::string, std::less<>> secret_values;
  std::map<int, std::string> facts{{SJ_CALL_ID, "00000000-0000-4000-8000-000000000001"},
                                   {SJ_NAME, "test"},
                                   {SJ_VERSION, "1"},
                                   {SJ_ATTEMPT, "1"}};  // by SJ_CALL_ID and so on
  std::chrono::nanoseconds left = std::chrono::nanoseconds::max();
  int cancelled_flag = 0;
  Answer inner;                                          // the rest of a decorator's chain
  int inner_code = SJ_OK;                                // SJ_E...: next fails with it
  std::optional<std::vector<std::string>> inner_pieces;  // the reply of `inner` is the head of a stream of these ...
  bool inner_breaks = false;                             // ... which breaks off behind the last of them
  std::map<std::string, Answer, std::less<>> functions;  // what call() reaches
  int client_leaves_after = -1;                          // writes that a stream's client takes; -1: all
  int emit_code = SJ_OK;                                 // SJ_E...: emit and enqueue fail with it

  // What the function did.
  std::vector<LogLine> logs;
  std::vector<CloudEvent> emitted;
  std::map<std::string, std::vector<CloudEvent>, std::less<>> enqueued;  // by queue
  std::optional<Response> reply;  // of a stream: its head, with all chunks as the body
  std::vector<std::string> chunks;
  std::optional<Failure> failure;
  int answers = 0;  // a call is answered exactly once

  std::map<std::string, Stored, std::less<>> stored;
  std::map<std::string, std::uint64_t, std::less<>> leases;

  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // For functions reached through the ABI alone.
  static const sj_host& table() noexcept;
  sj_call* handle() noexcept { return reinterpret_cast<sj_call*>(this); }

 private:
  static Host& of(sj_call* call) noexcept { return *reinterpret_cast<Host*>(call); }
  static const Host& of(const sj_call* call) noexcept { return *reinterpret_cast<const Host*>(call); }
  static int give(std::string_view text, sj_bytes* out) noexcept { return *out = detail::to_bytes(text), SJ_OK; }

  static void on_log(sj_call* call, int level, sj_bytes text, sj_fields more);
  static int on_value(sj_call* call, int what, sj_bytes key, sj_bytes* out);
  static int64_t on_time_left(const sj_call* call) { return of(call).left.count(); }
  static int on_cancelled(const sj_call* call) { return of(call).cancelled_flag; }
  static int on_reply(sj_call* call, const sj_response* response);
  static int on_fail(sj_call* call, const sj_failure* failure);
  static int on_begin(sj_call* call, const sj_response* head) { return on_reply(call, head); }
  static int on_write(sj_call* call, sj_bytes chunk);
  static int on_end(sj_call* call, sj_fields trailers);
  static int on_next(sj_call* call, const sj_request* request, const sj_response** out);
  static int on_call(sj_call* call, sj_bytes function, const sj_request* request, const sj_response** out);
  static int on_emit(sj_call* call, sj_fields attributes, sj_bytes data);
  static int on_enqueue(sj_call* call, sj_bytes queue, sj_fields attributes, sj_bytes data);
  static int on_state(sj_call* call, int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision,
                      sj_bytes* out);
  static int on_lease(sj_call* call, sj_bytes name, int64_t ttl_ms, uint64_t* fence);
  static int on_connect(sj_call*, sj_bytes) { return SJ_EUNAVAILABLE; }
  static int on_read(sj_call* call, sj_bytes* chunk);

  static int take_event(sj_fields attributes, sj_bytes data, CloudEvent& event);
  int lend(const Answer& answer, const sj_request& request, const sj_response** out);
  int increment(Stored& entry, std::string_view by, sj_bytes* out);

  Response lent_;  // what next and call gave last
  sj_response lent_raw_{};
  std::size_t pieces_read_ = 0;
  std::deque<std::string> given_;  // values that live until the entry returns
  std::uint64_t revisions_ = 0;
};

inline const sj_host& Host::table() noexcept {
  static constexpr sj_host kTable = {sizeof(sj_host), SJ_ABI_MAJOR, SJ_ABI_MINOR, on_log,  on_value,
                                     on_time_left,    on_cancelled, on_reply,     on_fail, on_begin,
                                     on_write,        on_end,       on_next,      on_call, on_emit,
                                     on_state,        on_lease,     on_connect,   on_read, on_enqueue};
  return kTable;
}

inline void Host::on_log(sj_call* call, int level, sj_bytes text, sj_fields more) {
  LogLine line{level, std::string(detail::to_view(text)), {}};
  for (std::size_t i = 0; i < more.count; ++i) {
    line.fields.emplace_back(detail::to_view(more.items[i].name), detail::to_view(more.items[i].value));
  }
  of(call).logs.push_back(std::move(line));
}

inline int Host::on_value(sj_call* call, int what, sj_bytes key, sj_bytes* out) {
  Host& host = of(call);
  if (what == SJ_ENV || what == SJ_SECRET) {
    const auto& values = what == SJ_ENV ? host.env_values : host.secret_values;
    const auto found = values.find(detail::to_view(key));
    return found == values.end() ? SJ_EMISSING : give(found->second, out);
  }
  const auto fact = host.facts.find(what);
  return fact == host.facts.end() ? SJ_EMISSING : give(fact->second, out);
}

inline int Host::on_reply(sj_call* call, const sj_response* response) {
  Host& host = of(call);
  if (++host.answers > 1) return SJ_EINVAL;
  if (response->status < 200 || response->status > 599) return SJ_EINVAL;
  host.reply = Response::copy_of(*response);
  return SJ_OK;
}

inline int Host::on_fail(sj_call* call, const sj_failure* failure) {
  Host& host = of(call);
  ++host.answers;
  host.failure = Failure{failure->status, failure->flags, std::chrono::milliseconds(failure->retry_ms),
                         std::string(detail::to_view(failure->type)), std::string(detail::to_view(failure->message))};
  return SJ_OK;
}

inline int Host::on_write(sj_call* call, sj_bytes chunk) {
  Host& host = of(call);
  if (!host.reply) return SJ_EINVAL;
  if (host.client_leaves_after >= 0 && static_cast<int>(host.chunks.size()) >= host.client_leaves_after) {
    host.cancelled_flag = 1;
    return SJ_EGONE;
  }
  host.chunks.emplace_back(detail::to_view(chunk));
  host.reply->body(std::string(host.reply->body()).append(host.chunks.back()));
  return SJ_OK;
}

inline int Host::on_end(sj_call* call, sj_fields) {
  return of(call).reply ? SJ_OK : SJ_EINVAL;
}

inline int Host::lend(const Answer& answer, const sj_request& request, const sj_response** out) {
  lent_ = answer(Request(static_cast<const Request&>(Request::borrow(request))));
  lent_raw_ = lent_.to_abi();
  pieces_read_ = 0;
  *out = &lent_raw_;
  return SJ_OK;
}

inline int Host::on_next(sj_call* call, const sj_request* request, const sj_response** out) {
  Host& host = of(call);
  if (host.inner_code != SJ_OK) return host.inner_code;
  if (!host.inner) return SJ_EUNAVAILABLE;
  const int code = host.lend(host.inner, *request, out);
  if (!host.inner_pieces) return code;
  host.lent_raw_.streamed = 1;
  host.lent_raw_.body = {nullptr, 0};
  return code;
}

inline int Host::on_read(sj_call* call, sj_bytes* chunk) {
  Host& host = of(call);
  if (host.lent_raw_.streamed == 0) return SJ_EINVAL;
  if (host.pieces_read_ < host.inner_pieces->size()) {
    return give((*host.inner_pieces)[host.pieces_read_++], chunk), 1;
  }
  return host.inner_breaks ? SJ_EDIED : SJ_OK;
}

inline int Host::on_call(sj_call* call, sj_bytes function, const sj_request* request, const sj_response** out) {
  Host& host = of(call);
  const auto found = host.functions.find(detail::to_view(function));
  return found == host.functions.end() ? SJ_EDENIED : host.lend(found->second, *request, out);
}

inline int Host::take_event(sj_fields attributes, sj_bytes data, CloudEvent& event) {
  for (std::size_t i = 0; i < attributes.count; ++i) {
    detail::set_attribute(event, detail::to_view(attributes.items[i].name),
                          std::string(detail::to_view(attributes.items[i].value)));
  }
  event.data = detail::to_view(data);
  return event.type.empty() ? SJ_EINVAL : SJ_OK;
}

inline int Host::on_emit(sj_call* call, sj_fields attributes, sj_bytes data) {
  CloudEvent event;
  const int code = of(call).emit_code != SJ_OK ? of(call).emit_code : take_event(attributes, data, event);
  if (code == SJ_OK) of(call).emitted.push_back(std::move(event));
  return code;
}

inline int Host::on_enqueue(sj_call* call, sj_bytes queue, sj_fields attributes, sj_bytes data) {
  CloudEvent event;
  const int code = of(call).emit_code != SJ_OK ? of(call).emit_code : take_event(attributes, data, event);
  if (code == SJ_OK) of(call).enqueued[std::string(detail::to_view(queue))].push_back(std::move(event));
  return code;
}

inline int Host::increment(Stored& entry, std::string_view by, sj_bytes* out) {
  std::int64_t sum = 0;
  std::int64_t step = 0;
  std::from_chars(entry.value.data(), entry.value.data() + entry.value.size(), sum);
  std::from_chars(by.data(), by.data() + by.size(), step);
  entry = {std::to_string(sum + step), ++revisions_};
  return give(given_.emplace_back(entry.value), out);
}

inline int Host::on_state(sj_call* call, int operation, sj_bytes key, sj_bytes value, int64_t, uint64_t* revision,
                          sj_bytes* out) {
  Host& host = of(call);
  const std::string name(detail::to_view(key));
  const auto found = host.stored.find(name);
  const std::uint64_t now = found == host.stored.end() ? 0 : found->second.revision;
  switch (operation) {
    case SJ_STATE_GET:
      *revision = now;
      return now == 0 ? SJ_EMISSING : give(host.given_.emplace_back(found->second.value), out);
    case SJ_STATE_COMPARE_AND_SET:
      if (*revision != now) return SJ_ETAKEN;
      [[fallthrough]];
    case SJ_STATE_SET:
      host.stored[name] = {std::string(detail::to_view(value)), ++host.revisions_};
      *revision = host.revisions_;
      return SJ_OK;
    case SJ_STATE_INCREMENT:
      return host.increment(host.stored[name], detail::to_view(value), out);
    case SJ_STATE_REMOVE:
      return host.stored.erase(name) != 0 ? SJ_OK : SJ_EMISSING;
    default:
      return SJ_EINVAL;
  }
}

inline int Host::on_lease(sj_call* call, sj_bytes name, int64_t, uint64_t* fence) {
  std::uint64_t& held = of(call).leases[std::string(detail::to_view(name))];
  if (held == std::numeric_limits<std::uint64_t>::max()) return SJ_ETAKEN;  // a test's way to say: somebody has it
  *fence = ++held;
  return SJ_OK;
}

}  // namespace test
}  // namespace v1
}  // namespace sojourn
