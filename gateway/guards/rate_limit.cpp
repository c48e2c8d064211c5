#include "gateway/guards/rate_limit.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "gateway/guards/option_table.h"
#include "runtime/call/reference_value.h"
#include "runtime/loop/loop.h"

namespace sojourn {
namespace {

constexpr std::string_view kDecisions[] = {"passed", "refused"};
enum class Decision { kPassed, kRefused };

constexpr std::chrono::hours kFillMax{24};

constexpr OptionKey<RateLimitOptions> kKeys[] = {
    {"perSecond",
     [](const Place& p, const Node& n, RateLimitOptions& o) {
       read_number(p, n, {0.0001, 1e6}, o.per_second);
     }},
    {"burst",
     [](const Place& p, const Node& n, RateLimitOptions& o) {
       read_integer(p, n, {1, 1'000'000}, o.burst);
     }},
    {"key", [](const Place& p, const Node& n, RateLimitOptions& o) { read_reference(p, n, o.key); }},
    {"keys",
     [](const Place& p, const Node& n, RateLimitOptions& o) {
       read_integer(p, n, {8, 1'000'000}, o.keys);
     }},
};

void check(const Place& place, const Node& node, const RateLimitOptions& options) {
  if (options.per_second == 0) {
    place.below("perSecond").complain(node, "is missing: how many calls may pass in a second");
  } else if (options.burst / options.per_second > std::chrono::duration<double>(kFillMax).count()) {
    place.below("burst").complain(node, "takes more than 24h to fill up at perSecond, which is the most there may be");
  }
}

int burst_of(const RateLimitOptions& options) {
  return options.burst > 0 ? options.burst : static_cast<int>(std::max(std::ceil(options.per_second), 1.0));
}

std::string refusal(const RateLimitOptions& options) {
  std::array<char, 32> number{};
  const char* end = std::to_chars(number.data(), number.data() + number.size(), options.per_second).ptr;
  std::string text = "rate-limit: more than " + std::string(static_cast<const char*>(number.data()), end) +
                     " calls a second (burst " + std::to_string(burst_of(options)) + ")";
  return options.key ? text + " with this " + to_text(*options.key) : text;
}

// The network of an IPv6 address, written over `bytes`; any other text as it is.
std::string_view network_of(std::string_view address, std::array<char, 16>& bytes) {
  constexpr std::size_t kNetworkBytes = 8;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.find(':') == std::string_view::npos || address.find('.') != std::string_view::npos) return address;
  if (address.size() >= text.size()) return address;
  std::memcpy(text.data(), address.data(), address.size());
  return ::inet_pton(AF_INET6, text.data(), bytes.data()) == 1 ? std::string_view(bytes.data(), kNetworkBytes)
                                                               : address;
}

}  // namespace

Result<RateLimitOptions> read_rate_limit(std::string_view with) {
  return read_options<RateLimitOptions>(with, kKeys, check);
}

RateLimit::RateLimit(const RateLimitOptions& options, MonotonicTime now)
    : BuiltInGuard(kDecisions),
      key_(options.key),
      refusal_(refusal(options)),
      buckets_({options.per_second, burst_of(options), options.key ? options.keys : 0}, now) {}

TokenBuckets::Verdict RateLimit::decide(const RequestView& request, MonotonicTime now) {
  if (!key_) return buckets_.take(now);
  std::string decoded;
  std::array<char, 16> network{};
  std::string_view value = value_of(*key_, request, decoded).value_or(std::string_view());
  if (key_->kind == CallReference::Kind::kAddress) value = network_of(value, network);
  return buckets_.take(value, now);
}

CallHandle RateLimit::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  const TokenBuckets::Verdict verdict = decide(request, inner.loop().now());
  count(verdict.passed ? Decision::kPassed : Decision::kRefused);
  if (verdict.passed) return inner(request, caller);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(verdict.wait);
  return inner.refuse({ErrorCode::kRateLimited, refusal_, wait}, caller);
}

}  // namespace sojourn
