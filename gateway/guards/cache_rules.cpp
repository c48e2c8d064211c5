#include "gateway/guards/cache_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sojourn {
namespace {

using std::chrono::seconds;

constexpr std::array<int, 11> kCacheableStatuses = {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501};
constexpr std::array<int, 2> kOnlyWhenTold = {302, 307};

bool has(std::span<const HeaderField> headers, std::string_view name) {
  return std::ranges::find(headers, name, &HeaderField::name) != headers.end();
}

seconds age_of(const ReplyView& reply) {
  const std::string_view text = field_of(reply.headers, "age");
  std::int32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return seconds(std::max(value, 0));
}

CacheSeconds expires_in(const ReplyView& reply, WallTime now) {
  if (!has(reply.headers, "expires")) return std::nullopt;
  const auto at = parse_http_date(field_of(reply.headers, "expires"));
  if (!at) return seconds(0);
  const auto date = parse_http_date(field_of(reply.headers, "date"));
  return seconds(*at - date.value_or(std::chrono::floor<seconds>(now.time_since_epoch()).count()));
}

bool is_one_of(std::span<const int> statuses, int status) {
  return std::ranges::find(statuses, status) != statuses.end();
}

// What the reply says about its lifetime, or what the options say where it says nothing.
CacheSeconds lifetime_of(const ReplyView& reply, const CacheControl& control, const CacheOptions& options,
                         WallTime now) {
  if (control.s_maxage) return control.s_maxage;
  if (control.max_age) return control.max_age;
  if (const CacheSeconds left = expires_in(reply, now)) return left;
  if (control.no_cache) return seconds(0);
  const bool by_default = reply.status < 400 && !is_one_of(kOnlyWhenTold, reply.status);
  if (!by_default || options.ttl.count() == 0) return std::nullopt;
  return std::chrono::ceil<seconds>(options.ttl);
}

bool may_store_at_all(const RequestView& request, const ReplyView& reply, const CacheControl& control) {
  if (reply.failure || request.method != "GET") return false;
  if (!is_one_of(kCacheableStatuses, reply.status) && !is_one_of(kOnlyWhenTold, reply.status)) return false;
  if (control.no_store || control.is_private || has(reply.headers, "set-cookie")) return false;
  if (whole_field(reply.headers, "vary").find('*') != std::string::npos) return false;
  const bool for_everybody = control.is_public || control.s_maxage || control.must_revalidate;
  if (has(request.headers, "authorization") && !for_everybody) return false;
  return !cache_control_of(request.headers).no_store;
}

}  // namespace

CacheRole role_for(const RequestView& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads) return request.method == "OPTIONS" ? CacheRole::kStaysOut : CacheRole::kInvalidates;
  if (!request.body.empty()) return CacheRole::kStaysOut;
  const bool apart = std::ranges::any_of(request.headers, [](const HeaderField& field) {
    return field.name == "range" || field.name == "if-match" || field.name == "if-unmodified-since";
  });
  return apart ? CacheRole::kStaysOut : CacheRole::kServes;
}

std::optional<CacheTerms> terms_of(const RequestView& request, const ReplyView& reply, const CacheOptions& options,
                                   WallTime now) {
  const CacheControl control = cache_control_of(reply.headers);
  if (!may_store_at_all(request, reply, control)) return std::nullopt;
  const CacheSeconds lifetime = lifetime_of(reply, control, options, now);
  if (!lifetime) return std::nullopt;
  CacheTerms terms;
  terms.lifetime = std::max(*lifetime, seconds(0));
  terms.age = age_of(reply);
  if (!control.must_revalidate) {
    terms.stale_while_revalidate = control.stale_while_revalidate.value_or(seconds(0));
    terms.stale_if_error = control.stale_if_error.value_or(seconds(0));
  }
  terms.always_revalidate = control.no_cache;
  terms.never_stale = control.must_revalidate || control.s_maxage.has_value();
  const bool validator = has(reply.headers, "etag") || has(reply.headers, "last-modified");
  const bool of_use = terms.lifetime > terms.age && !terms.always_revalidate;
  if (!of_use && !validator && terms.stale_while_revalidate.count() == 0) return std::nullopt;
  return terms;
}

CacheUse use_of(const CacheEntry& entry, const CacheControl& asked, MonotonicTime now) {
  const CacheTerms& terms = entry.terms();
  const seconds age = entry.age(now);
  if (asked.no_cache || terms.always_revalidate) return CacheUse::kConfirm;
  if (asked.max_age && age > *asked.max_age) return CacheUse::kConfirm;
  const seconds left = terms.lifetime - age;
  if (left > seconds(0)) return asked.min_fresh && left < *asked.min_fresh ? CacheUse::kConfirm : CacheUse::kFresh;
  if (asked.min_fresh) return CacheUse::kConfirm;
  if (age - terms.lifetime < terms.stale_while_revalidate) return CacheUse::kStaleMeanwhile;
  if (!terms.never_stale && asked.max_stale && -left <= *asked.max_stale) return CacheUse::kFresh;
  return CacheUse::kConfirm;
}

bool may_stand_in(const CacheEntry& entry, const CacheControl& asked, MonotonicTime now) {
  if (asked.no_cache || entry.terms().always_revalidate || entry.is_note()) return false;
  return entry.is_fresh(now) || entry.staleness(now) < entry.terms().stale_if_error;
}

bool client_has(const RequestView& request, std::string_view entity_tag, std::string_view last_modified) {
  if (has(request.headers, "if-none-match")) {
    return names_entity_tag(whole_field(request.headers, "if-none-match"), entity_tag);
  }
  const auto since = parse_http_date(field_of(request.headers, "if-modified-since"));
  const auto changed = parse_http_date(last_modified);
  return since && changed && *changed <= *since;
}

}  // namespace sojourn
