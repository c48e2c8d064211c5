// What a function can ask of, and do through, the process that hosts it. StartContext is the part that INIT and
// START have; Context is that of a call.
//
// Lifetime:  one call. The string_views live until the call returns.
// Errors:    Refused when the manifest does not allow an operation or a limit is reached, Error 501 when this
//            host does not offer it at all.
// Thread:    the thread that the call entered on, except log() and cancelled(), which any thread may use.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/cloud_event.h>
#include <sojourn/error.h>
#include <sojourn/inner_reply.h>
#include <sojourn/json.h>
#include <sojourn/log.h>
#include <sojourn/request.h>
#include <sojourn/response.h>
#include <sojourn/state.h>
#include <sojourn/stream.h>

namespace sojourn {
inline namespace v1 {

class StartContext {
 public:
  StartContext(const sj_host& host, sj_call* call) noexcept : host_(&host), call_(call) {}
  StartContext(const StartContext&) = delete;
  StartContext& operator=(const StartContext&) = delete;

  Log log() const noexcept { return Log(*host_, call_); }

  // A variable of the manifest's `env`.
  std::optional<std::string> env(std::string_view name) const;
  // The manifest's `with` as JSON, null when there is none. Needs <nlohmann/json.hpp>.
  template <class Json = detail::DefaultJson>
  Json with() const {
    const std::string_view text = with_text();
    return text.empty() ? Json() : detail::parse_json<Json>(text, "`with`");
  }
  std::string_view with_text() const { return fact(SJ_WITH); }
  // A secret that the manifest names. Throws Refused when it does not, and during INIT, which no secret reaches.
  std::string secret(std::string_view name) const;
  // A connected stream socket to a name under `connect`. The caller closes it.
  int connect(std::string_view name) const;

 protected:
  ~StartContext() = default;

  std::string_view fact(int what) const {
    sj_bytes out{};
    return host_->value(call_, what, {nullptr, 0}, &out) == SJ_OK ? detail::to_view(out) : std::string_view{};
  }
  int number(int what, int otherwise) const {
    const std::string_view digits = fact(what);
    int value = otherwise;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

  const sj_host* host_;
  sj_call* call_;
};

class Context : public StartContext {
 public:
  using StartContext::StartContext;
  ~Context() = default;

  std::string_view call_id() const { return fact(SJ_CALL_ID); }
  std::string_view name() const { return fact(SJ_NAME); }
  int version() const { return number(SJ_VERSION, 0); }
  int attempt() const { return number(SJ_ATTEMPT, 1); }
  std::string_view traceparent() const { return fact(SJ_TRACEPARENT); }
  // The same over all attempts at one piece of work.
  std::string_view idempotency_key() const { return fact(SJ_IDEMPOTENCY_KEY); }

  // Until the deadline, negative after it; nanoseconds::max() when there is none.
  std::chrono::nanoseconds time_left() const { return std::chrono::nanoseconds(host_->time_left_ns(call_)); }
  std::chrono::steady_clock::time_point deadline() const;
  // True once the client has left or the call was cancelled. It is not killed before its deadline.
  bool cancelled() const noexcept { return host_->cancelled(call_) != 0; }

  Stream stream(const Response& head) const { return Stream(*host_, call_, head); }
  State state() const noexcept { return State(*host_, call_); }
  // Takes or renews a lease on a name; nullopt while somebody else holds it.
  std::optional<Lease> lease(std::string_view name, std::chrono::milliseconds ttl) const;
  // Hands an event over, or an item for a queue. It is kept when the call succeeds (a status below 400), before the
  // reply goes out; what a call that fails has emitted is gone. The type must stand under the manifest's `emits`, the
  // queue under `enqueues`; the source is set by the host. Refused when the manifest does not allow it, an attribute is
  // not well formed, or the call has handed over 256 events or 6 MiB.
  void emit(const CloudEvent& event) const;
  void enqueue(std::string_view queue, const CloudEvent& item) const;
  // The path of a file that holds this call's body, to be read by code that wants a file. It is made when it is first
  // asked for and goes with the call. Refused when it does not fit into /tmp, whose size is the function's `tmp`.
  std::string_view item_file() const;
  // Calls a function (NAME or NAME@VERSION) that stands under `calls`; failures of it come as a Response
  // (inner_reply.h). Refused when it does not stand there, or there is no such function. A streamed reply is passed on
  // by returning it, or read with next.read() in a decorator.
  Response call(std::string_view function, const Request& request) const;

 private:
  friend class Next;
  friend struct detail::Outgoing;
  mutable unsigned long turn_ = 0;  // results of next and call so far
};

inline std::optional<std::string> StartContext::env(std::string_view name) const {
  sj_bytes out{};
  const int code = host_->value(call_, SJ_ENV, detail::to_bytes(name), &out);
  if (code != SJ_OK) return std::nullopt;
  return std::string(detail::to_view(out));
}

inline std::string StartContext::secret(std::string_view name) const {
  sj_bytes out{};
  const int code = host_->value(call_, SJ_SECRET, detail::to_bytes(name), &out);
  if (code == SJ_EINVAL) {
    throw Refused(code, std::string("secret ").append(name).append(": INIT has none; ask in START or in a call"));
  }
  if (code != SJ_OK) detail::refuse(code, std::string("secret ").append(name));
  return std::string(detail::to_view(out));
}

inline int StartContext::connect(std::string_view name) const {
  const int fd = host_->connect(call_, detail::to_bytes(name));
  if (fd < 0) detail::refuse(fd, std::string("connect ").append(name));
  return fd;
}

inline std::chrono::steady_clock::time_point Context::deadline() const {
  using std::chrono::steady_clock;
  const std::chrono::nanoseconds left = time_left();
  const steady_clock::time_point now = steady_clock::now();
  return left > steady_clock::time_point::max() - now ? steady_clock::time_point::max() : now + left;
}

inline std::optional<Lease> Context::lease(std::string_view name, std::chrono::milliseconds ttl) const {
  Lease lease;
  const int code = host_->lease(call_, detail::to_bytes(name), ttl.count(), &lease.fence);
  if (code == SJ_ETAKEN) return std::nullopt;
  if (code != SJ_OK) detail::refuse(code, std::string("lease ").append(name));
  return lease;
}

namespace detail {

// The views are those of the event.
inline std::vector<sj_field> event_attributes(const CloudEvent& event) {
  std::vector<sj_field> attributes;
  const auto add = [&](std::string_view name, std::string_view value) {
    attributes.push_back({to_bytes(name), to_bytes(value)});
  };
  each_attribute(event, add);
  if (!event.content_type.empty()) add("datacontenttype", event.content_type);
  return attributes;
}

// sj_host.enqueue, also on a host that is older than it.
inline int enqueue_event(const sj_host& host, sj_call* call, std::string_view queue, sj_fields attributes,
                         std::string_view data) noexcept {
  if (host.size < offsetof(sj_host, enqueue) + sizeof host.enqueue) return SJ_EUNAVAILABLE;
  return host.enqueue(call, to_bytes(queue), attributes, to_bytes(data));
}

// Why an event was not taken. `key` is the manifest's.
[[noreturn, gnu::cold]] inline void refuse_event(int code, const std::string& what, const char* key) {
  if (code == SJ_EDENIED) throw Refused(code, what + ": the manifest's `" + key + "` do not name it");
  if (code == SJ_ELIMIT) throw Refused(code, what + ": one call hands over at most 256 events, of 6 MiB together");
  if (code == SJ_EINVAL) {
    throw Refused(code, what +
                            ": it needs a type; names of attributes are at most 64 lower-case letters and digits, "
                            "none twice, and values are UTF-8 without control characters");
  }
  refuse(code, what);
}

}  // namespace detail

inline void Context::emit(const CloudEvent& event) const {
  const std::vector<sj_field> attributes = detail::event_attributes(event);
  const int code = host_->emit(call_, {attributes.data(), attributes.size()}, detail::to_bytes(event.data));
  if (code != SJ_OK) detail::refuse_event(code, "emit " + event.type, "emits");
}

inline void Context::enqueue(std::string_view queue, const CloudEvent& item) const {
  const std::vector<sj_field> attributes = detail::event_attributes(item);
  const int code = detail::enqueue_event(*host_, call_, queue, {attributes.data(), attributes.size()}, item.data);
  if (code != SJ_OK) detail::refuse_event(code, std::string("enqueue ").append(queue), "enqueues");
}

inline std::string_view Context::item_file() const {
  sj_bytes out{};
  const int code = host_->value(call_, SJ_ITEM_FILE, {nullptr, 0}, &out);
  if (code == SJ_ELIMIT) throw Refused(code, "item_file: the body does not fit into /tmp; see the manifest's `tmp`");
  // A host that makes no such files knows no such fact.
  if (code != SJ_OK) detail::refuse(code == SJ_EMISSING ? SJ_EUNAVAILABLE : code, "item_file");
  return detail::to_view(out);
}

inline Response Context::call(std::string_view function, const Request& request) const {
  const sj_request raw = request.to_abi();
  const sj_response* reply = nullptr;
  const int code = host_->call(call_, detail::to_bytes(function), &raw, &reply);
  const std::string what = std::string("call ").append(function);
  if (code == SJ_EDENIED || code == SJ_EMISSING || code == SJ_EINVAL || code == SJ_EUNAVAILABLE) {
    detail::refuse(code, what);
  }
  return detail::inner_reply(code, reply, what, turn_);
}

}  // namespace v1
}  // namespace sojourn
