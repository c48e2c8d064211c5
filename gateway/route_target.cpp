#include "gateway/route_target.h"

#include <array>

namespace sojourn {
namespace {

constexpr std::string_view kFunctionPrefix = "/function/";
constexpr std::string_view kAsyncPrefix = "/async-function/";
constexpr std::string_view kQueuePrefix = "/queues/";
constexpr std::string_view kHookPrefix = "/hooks";
constexpr std::string_view kApiPrefix = "/api/v1/";
constexpr std::size_t kVersionDigitsMax = 9;

// Whole paths or, with a slash after them, whole prefixes.
constexpr std::array<std::string_view, 3> kNotInThisVersion = {"/pipeline", "/2015-03-31/functions",
                                                               "/deployments.git"};

RouteTarget function_target(RouteKind kind, std::string_view after_prefix) {
  RouteTarget target;
  target.kind = kind;
  const std::size_t slash = after_prefix.find('/');
  const std::string_view named = after_prefix.substr(0, slash);
  target.rest = slash == std::string_view::npos ? std::string_view("/") : after_prefix.substr(slash);
  const std::size_t mark = named.find_first_of("@:");
  target.name = named.substr(0, mark);
  if (mark != std::string_view::npos) {
    target.has_reference = true;
    target.reference = named.substr(mark + 1);
  }
  return target;
}

bool is_not_in_this_version(std::string_view path) {
  for (const std::string_view prefix : kNotInThisVersion) {
    if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) return true;
  }
  return false;
}

RouteTarget of_kind(RouteKind kind) {
  RouteTarget target;
  target.kind = kind;
  return target;
}

}  // namespace

RouteTarget parse_route(std::string_view path) {
  if (path.starts_with(kFunctionPrefix))
    return function_target(RouteKind::kFunction, path.substr(kFunctionPrefix.size()));
  if (path.starts_with(kAsyncPrefix)) return function_target(RouteKind::kAsync, path.substr(kAsyncPrefix.size()));
  if (path.starts_with(kApiPrefix)) {
    RouteTarget target = of_kind(RouteKind::kApi);
    target.rest = path.substr(kApiPrefix.size());
    return target;
  }
  if (path == "/events") return of_kind(RouteKind::kEvents);
  if (path.starts_with(kQueuePrefix)) {
    RouteTarget target = of_kind(RouteKind::kQueue);
    target.name = path.substr(kQueuePrefix.size());
    const bool is_one_segment = !target.name.empty() && target.name.find('/') == std::string_view::npos;
    return is_one_segment ? target : of_kind(RouteKind::kUnknown);
  }
  if (path.starts_with(kHookPrefix) && path.size() > kHookPrefix.size() && path[kHookPrefix.size()] == '/') {
    RouteTarget target = of_kind(RouteKind::kHook);
    target.rest = path.substr(kHookPrefix.size());
    return target;
  }
  if (path == "/healthz") return of_kind(RouteKind::kHealth);
  if (path == "/readyz") return of_kind(RouteKind::kReady);
  if (path == "/metrics") return of_kind(RouteKind::kMetrics);
  if (path == "/openapi.yaml") return of_kind(RouteKind::kDescription);
  return of_kind(is_not_in_this_version(path) ? RouteKind::kNotAvailable : RouteKind::kUnknown);
}

std::optional<int> parse_version_number(std::string_view text) {
  if (text.empty() || text.size() > kVersionDigitsMax || text.front() == '0') return std::nullopt;
  int number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace sojourn
