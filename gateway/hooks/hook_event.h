// What a webhook's request means, once it is known to be genuine: an event, or an answer that its sender waits for and
// that begins nothing (GitHub's ping, Slack's challenge). Each sender has its own way; what it leaves open is filled in
// here: the id by the hook's idHeader, else by hash; the source by the hook's path; the time by the clock.
//
// POST and PUT are a delivery of their body, and the hash is the body's SHA-256. With another method it is the method
// and the query that say something: the event has them as `httpmethod` and `httpquery`, and the hash is that of
// METHOD?QUERY, a line feed and the body.
//
// Thread: any; pure functions.
// Errors: kBadRequest: what is missing or no event, with the header, the field or the limit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "loader/pipeline.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {

inline constexpr std::size_t kHookIdMax = 256;     // bytes of an event's id
inline constexpr std::size_t kHookTextMax = 2048;  // of its source and type; a longer subject is left out

inline constexpr std::string_view kHookEventType = "io.sojourn.webhook";  // where the sender names no type

// A request that was verified. Views into the exchange.
struct HookMessage {
  std::span<const HeaderField> headers;  // names lower-case
  std::string_view body;
  std::int64_t now_ms = 0;  // since 1970
  std::string_view method = "POST";
  std::string_view query{};  // as it was sent, without the `?`
};

// Told to the sender with status 200; nothing begins.
struct HookAnswer {
  std::string content_type;
  std::string body;
};

using HookOutcome = std::variant<CloudEvent, HookAnswer>;

Result<HookOutcome> read_hook(const WebhookTrigger& hook, const HookMessage& message);

}  // namespace sojourn
