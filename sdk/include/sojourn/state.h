// State is a function's own small key-value store. The host keeps it, so it outlives instances and is shared by
// all of them; every operation is a round trip to the host and is atomic.
//
// Errors:  Refused when a limit is reached; Error 501 where the host has no state.
// Thread:  the thread that the call entered on, while the call runs.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/error.h>

namespace sojourn {
inline namespace v1 {

// Ownership of a name for a time. Whoever acts on the outside world under a lease passes `fence` along, so that
// a former owner that woke up late is recognised: it grows with each owner.
struct Lease {
  std::uint64_t fence = 0;
};

class State {
 public:
  State(const sj_host& host, sj_call* call) noexcept : host_(&host), call_(call) {}

  std::optional<std::string> get(std::string_view key) const;
  // ttl: how long the value stays; zero is for ever.
  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl = {}) const;
  void remove(std::string_view key) const;
  // Writes `now` if the key still holds `old`, where nullopt means that there is no such key. False: it does not.
  bool compare_and_set(std::string_view key, std::optional<std::string_view> old, std::string_view now,
                       std::chrono::milliseconds ttl = {}) const;
  // Adds to a decimal number, 0 when there is none, and gives the sum.
  std::int64_t increment(std::string_view key, std::int64_t by = 1, std::chrono::milliseconds ttl = {}) const;

 private:
  int run(int operation, std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
          std::uint64_t& revision, sj_bytes& out) const {
    return host_->state(call_, operation, detail::to_bytes(key), detail::to_bytes(value), ttl.count(), &revision, &out);
  }

  const sj_host* host_;
  sj_call* call_;
};

inline std::optional<std::string> State::get(std::string_view key) const {
  std::uint64_t revision = 0;
  sj_bytes out{};
  const int code = run(SJ_STATE_GET, key, {}, {}, revision, out);
  if (code == SJ_EMISSING) return std::nullopt;
  if (code != SJ_OK) detail::refuse(code, "state get");
  return std::string(detail::to_view(out));
}

inline void State::set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) const {
  std::uint64_t revision = 0;
  sj_bytes out{};
  const int code = run(SJ_STATE_SET, key, value, ttl, revision, out);
  if (code != SJ_OK) detail::refuse(code, "state set");
}

inline void State::remove(std::string_view key) const {
  std::uint64_t revision = 0;
  sj_bytes out{};
  const int code = run(SJ_STATE_REMOVE, key, {}, {}, revision, out);
  if (code != SJ_OK && code != SJ_EMISSING) detail::refuse(code, "state remove");
}

inline bool State::compare_and_set(std::string_view key, std::optional<std::string_view> old, std::string_view now,
                                   std::chrono::milliseconds ttl) const {
  std::uint64_t revision = 0;
  sj_bytes out{};
  const int seen = run(SJ_STATE_GET, key, {}, {}, revision, out);
  if (seen != SJ_OK && seen != SJ_EMISSING) detail::refuse(seen, "state compare_and_set");
  const bool there = seen == SJ_OK;
  if (there != old.has_value() || (there && detail::to_view(out) != *old)) return false;
  if (!there) revision = 0;
  const int code = run(SJ_STATE_COMPARE_AND_SET, key, now, ttl, revision, out);
  if (code == SJ_ETAKEN) return false;
  if (code != SJ_OK) detail::refuse(code, "state compare_and_set");
  return true;
}

inline std::int64_t State::increment(std::string_view key, std::int64_t by, std::chrono::milliseconds ttl) const {
  std::uint64_t revision = 0;
  sj_bytes out{};
  const int code = run(SJ_STATE_INCREMENT, key, std::to_string(by), ttl, revision, out);
  if (code != SJ_OK) detail::refuse(code, "state increment");
  const std::string_view digits = detail::to_view(out);
  std::int64_t sum = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), sum);
  return sum;
}

}  // namespace v1
}  // namespace sojourn
