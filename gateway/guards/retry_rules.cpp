#include "gateway/guards/retry_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sojourn {

bool may_repeat(const RetryRules& policy, const RequestView& request) {
  constexpr std::array<std::string_view, 5> kIdempotent = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  if (policy.unsafe || std::ranges::find(kIdempotent, request.method) != kIdempotent.end()) return true;
  return std::ranges::any_of(request.headers, [](const HeaderField& field) {
    return field.name == "idempotency-key" && !field.value.empty();
  });
}

bool is_worth_repeating(const RetryRules& policy, int status) {
  return std::ranges::find(policy.statuses, status) != policy.statuses.end();
}

bool is_worth_repeating(const RetryRules& policy, ErrorCode code) {
  if (policy.codes.empty()) return is_worth_repeating(policy, facts(code).http_status);
  return std::ranges::find(policy.codes, code) != policy.codes.end();
}

std::optional<std::chrono::milliseconds> pause_before_next(const RetryRules& policy, int made,
                                                           std::optional<std::chrono::milliseconds> asked,
                                                           std::chrono::nanoseconds time_left, double random) {
  if (made >= policy.attempts) return std::nullopt;
  const RetryBackoff& backoff = policy.backoff;
  const double grown = static_cast<double>(backoff.initial.count()) * std::pow(backoff.factor, made - 1);
  const double bounded = std::min(grown, static_cast<double>(backoff.max.count()));
  std::chrono::milliseconds pause(std::llround(backoff.jitter ? bounded * random : bounded));
  if (asked) pause = std::max(pause, *asked);
  if (pause >= time_left) return std::nullopt;
  return pause;
}

std::optional<std::chrono::milliseconds> retry_after_of(const ReplyView& reply) {
  const auto field = std::ranges::find(reply.headers, "retry-after", &HeaderField::name);
  if (field == reply.headers.end()) return std::nullopt;
  std::int32_t seconds = 0;
  const char* const end = field->value.data() + field->value.size();
  const auto [stopped, failed] = std::from_chars(field->value.data(), end, seconds);
  if (failed != std::errc() || stopped != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace sojourn
