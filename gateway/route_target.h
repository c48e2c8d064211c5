// A RouteTarget is what a request's path asks for: which room of the gateway, and for a call which function, which of
// its versions and what path inside it. Parsing it makes no copy and knows nothing of what is deployed.
//
// Thread: a value; any thread. The views point into the path that was parsed.
#pragma once

#include <optional>
#include <string_view>

namespace sojourn {

enum class RouteKind {
  kFunction,      // /function/NAME[@REF or :REF][/path]
  kAsync,         // /async-function/NAME[@REF or :REF][/path], and /async-function/CALL_ID, whose id is then the name
  kEvents,        // /events
  kQueue,         // /queues/NAME; `name` is the queue's
  kHook,          // /hooks/PATH; `rest` is what follows, with the first slash
  kApi,           // /api/v1/...; `rest` is what follows, without the first slash
  kHealth,        // /healthz
  kReady,         // /readyz
  kMetrics,       // /metrics
  kDescription,   // /openapi.yaml
  kNotAvailable,  // named in docs/api.md as not in this version
  kUnknown,
};

struct RouteTarget {
  RouteKind kind = RouteKind::kUnknown;
  std::string_view name;       // of a function or queue: as written, not checked
  std::string_view reference;  // of a function: after `@` or `:`; empty when neither stood there
  bool has_reference = false;  // also for an empty one, which is a mistake to be told
  std::string_view rest;       // of a function: the path inside, "/" when nothing follows
};

// REQUIRES: `path` is decoded and normalised (RequestHead::path).
RouteTarget parse_route(std::string_view path);

// A version's number, 1 to 999,999,999, in decimal without leading zeros.
std::optional<int> parse_version_number(std::string_view text);

}  // namespace sojourn
