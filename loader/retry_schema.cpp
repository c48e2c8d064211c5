#include "loader/retry_schema.h"

#include <array>
#include <nlohmann/json.hpp>

#include "loader/quantity.h"
#include "loader/schema_table.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kKinds = {"constant", "linear", "exponential"};
constexpr std::array<std::string_view, 3> kJitters = {"none", "full", "equal"};
constexpr double kFactorMax = 100;

constexpr SchemaKey<RetryPolicy> kBackoffKeys[] = {
    {"kind", Offered::kNow, [](const Place& p, const Node& n, RetryPolicy& r) { read_enum(p, n, kKinds, r.backoff); },
     [](const RetryPolicy& r) -> Json { return kKinds[static_cast<std::size_t>(r.backoff)]; }},
    {"initial", Offered::kNow,
     [](const Place& p, const Node& n, RetryPolicy& r) {
       read_duration(p, n, {1ms, 24h}, r.initial);
     },
     [](const RetryPolicy& r) -> Json { return format_duration(r.initial); }},
    {"factor", Offered::kNow,
     [](const Place& p, const Node& n, RetryPolicy& r) {
       read_number(p, n, {1, kFactorMax}, r.factor);
     },
     [](const RetryPolicy& r) -> Json { return r.factor; }},
    {"max", Offered::kNow,
     [](const Place& p, const Node& n, RetryPolicy& r) {
       read_duration(p, n, {1ms, 24h}, r.max);
     },
     [](const RetryPolicy& r) -> Json { return format_duration(r.max); }},
    {"jitter", Offered::kNow,
     [](const Place& p, const Node& n, RetryPolicy& r) { read_enum(p, n, kJitters, r.jitter); },
     [](const RetryPolicy& r) -> Json { return kJitters[static_cast<std::size_t>(r.jitter)]; }},
};

void read_backoff(const Place& place, const Node& node, RetryPolicy& into) {
  const std::size_t before = place.complaints.count();
  if (!read_mapping<RetryPolicy>(place, node, kBackoffKeys, into)) return;
  if (into.initial > into.max && place.complaints.count() == before) {
    place.complain(node, "has initial " + format_duration(into.initial) + " above max " + format_duration(into.max));
  }
}

constexpr SchemaKey<RetryPolicy> kRetryKeys[] = {
    {"attempts", Offered::kNow,
     [](const Place& p, const Node& n, RetryPolicy& r) {
       read_integer(p, n, {1, kAttemptsMax}, r.attempts);
     },
     [](const RetryPolicy& r) -> Json { return r.attempts; }},
    {"backoff", Offered::kNow, read_backoff,
     [](const RetryPolicy& r) { return write_mapping<RetryPolicy>(kBackoffKeys, r); }},
};

}  // namespace

void read_retry(const Place& place, const Node& node, RetryPolicy& into) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    into = RetryPolicy{};
    return;
  }
  RetryPolicy policy = into;
  const std::size_t before = place.complaints.count();
  read_mapping<RetryPolicy>(place, node, kRetryKeys, policy);
  if (place.complaints.count() == before) into = policy;
}

Json write_retry(const RetryPolicy& from) {
  return write_mapping<RetryPolicy>(kRetryKeys, from);
}

std::vector<SchemaKeyNames> retry_key_names() {
  return {key_names<RetryPolicy>("retry", kRetryKeys), key_names<RetryPolicy>("backoff", kBackoffKeys)};
}

}  // namespace sojourn
