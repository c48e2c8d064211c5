#include "gateway/guards/cache.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/guards/cache_fill.h"
#include "gateway/guards/cache_hit.h"
#include "gateway/guards/cache_wait.h"
#include "gateway/guards/option_table.h"
#include "loader/quantity.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kEntryDefault = 1u << 20;

constexpr OptionKey<CacheOptions> kKeys[] = {
    {"ttl",
     [](const Place& p, const Node& n, CacheOptions& o) {
       read_duration(p, n, {1s, 24h * 365}, o.ttl);
     }},
    {"size",
     [](const Place& p, const Node& n, CacheOptions& o) {
       read_size(p, n, {64u << 10, 16ull << 30}, o.size);
     }},
    {"entry",
     [](const Place& p, const Node& n, CacheOptions& o) {
       read_size(p, n, {1u << 10, 256u << 20}, o.entry);
     }},
};

void check(const Place& place, const Node& node, const CacheOptions& options) {
  // The largest entry is 0 where it was not given.
  if (options.entry > options.size / CacheStore::kParts) {
    place.below("entry").complain(node, "is more than an eighth of size, which is " +
                                            format_size(options.size / CacheStore::kParts) +
                                            "; the largest entry may take so much");
  }
}

// What names a representation: the version that makes it, and the request's target with its host. NUL stands in none.
void write_key(const RequestView& request, const Version& version, std::string& key) {
  std::array<char, 16> number{};
  const char* const end = std::to_chars(number.data(), number.data() + number.size(), version.number).ptr;
  key.assign(static_cast<const char*>(number.data()), end);
  for (const std::string_view part :
       {std::string_view(version.function), field_of(request.headers, "host"), request.path, request.query}) {
    key += '\0';
    key += part;
  }
}

}  // namespace

Result<CacheOptions> read_cache(std::string_view with) {
  auto options = read_options<CacheOptions>(with, kKeys, check);
  if (options.ok() && options->entry == 0) options->entry = std::min(kEntryDefault, options->size / CacheStore::kParts);
  return options;
}

// Drops what is stored for a target once a call has changed something there (RFC 9111, 4.4).
class Cache::Invalidation final : public Passage {
 public:
  Invalidation(Cache& cache, std::string key, const Inner& inner, Caller& caller)
      : Passage(inner, caller), cache_(cache), key_(std::move(key)) {}

  void on_reply(const ReplyView& reply, const CallTimes& times) override {
    ended(reply.status);
    Passage::on_reply(reply, times);
  }
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override {
    ended(head.status);
    Passage::on_stream_begin(head, times);
  }

 private:
  void ended(int status) {
    if (status >= 400) return;
    cache_.store_.remove(key_);
    cache_.count(Decision::kInvalidated);
  }

  Cache& cache_;
  const std::string key_;
};

CallHandle Cache::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  switch (role_for(request)) {
    case CacheRole::kServes:
      return look_up(request, inner, caller, Round::kFirst);
    case CacheRole::kStaysOut:
      return bypass(request, inner, caller);
    case CacheRole::kInvalidates:
      break;
  }
  std::string key;
  write_key(request, *inner.version(), key);
  return (new Invalidation(*this, std::move(key), inner, caller))->begin(request);
}

CallHandle Cache::look_up(const RequestView& request, const Inner& inner, Caller& caller, Round round) {
  thread_local std::string key;  // not used any more once a link is entered
  write_key(request, *inner.version(), key);
  const CacheControl asked = cache_control_of(request.headers);
  const MonotonicTime now = inner.loop().now();
  CacheEntryPtr entry = store_.find(key, request);
  if (entry && entry->is_note()) {
    if (entry->is_fresh(now)) return bypass(request, inner, caller);
    entry = nullptr;
  }
  const CacheUse use = entry ? use_of(*entry, asked, now) : CacheUse::kConfirm;
  if (use == CacheUse::kStaleMeanwhile) renew(key, request, inner, entry);
  if (use != CacheUse::kConfirm) {
    count(use == CacheUse::kFresh ? Decision::kHit : Decision::kStaleHit);
    return CallHandle(new Hit(std::move(entry), "hit", request, inner, caller));
  }
  if (asked.only_if_cached) {
    const HeaderField status[] = {{"cache-status", "sojourn; detail=only-if-cached"}};
    return inner.answer({504, status, {}, {}}, caller);
  }
  if (asked.no_store || request.method == "HEAD") return bypass(request, inner, caller);
  const bool own = asked.no_cache || asked.max_age || asked.min_fresh || round == Round::kAfterWait;
  return fetch(key, request, inner, caller, std::move(entry), own ? Company::kAlone : Company::kTogether);
}

CallHandle Cache::fetch(const std::string& key, const RequestView& request, const Inner& inner, Caller& caller,
                        CacheEntryPtr old, Company company) {
  auto flight = Fill::Flight::kAlone;
  if (company == Company::kTogether) {
    auto waiter = std::make_shared<Wait::Waiter>(Wait::Waiter{&inner.loop(), nullptr});
    const Flights::Place place = flights_.join(key, waiter);
    if (place == Flights::Place::kWaits) {
      count(Decision::kWaited);
      return CallHandle(new Wait(*this, std::move(waiter), request, inner, caller));
    }
    if (place == Flights::Place::kLeads) flight = Fill::Flight::kLeads;
  }
  if (flight == Fill::Flight::kLeads) {
    // The last leader may have landed since the look-up.
    const CacheEntryPtr landed = store_.find(key, request);
    if (landed != old && landed && !landed->is_note() && landed->is_fresh(inner.loop().now())) {
      flights_.finish(key, CacheWake::kSettled);
      count(Decision::kHit);
      return CallHandle(new Hit(landed, "hit", request, inner, caller));
    }
  }
  count(Decision::kMiss);
  return (new Fill(*this, key, request, std::move(old), flight, inner, caller))->begin();
}

CallHandle Cache::bypass(const RequestView& request, const Inner& inner, Caller& caller) {
  count(Decision::kBypassed);
  return inner(request, caller);
}

void Cache::renew(const std::string& key, const RequestView& request, const Inner& inner, CacheEntryPtr old) {
  if (flights_.join(key, nullptr) != Flights::Place::kLeads) return;
  RequestView whole = request;
  whole.method = "GET";
  (new Renewal(*this, key, whole, std::move(old), inner.detached(inner.time_left())))->begin();
}

Cache::Settled Cache::settle(const std::string& key, const RequestView& request, const CacheEntryPtr& old,
                             const ReplyView& reply, MonotonicTime now) {
  const bool confirms = old && reply.status == 304;
  ReplyView whole = reply;
  std::vector<HeaderField> headers;
  if (confirms) {
    headers = old->headers_confirmed_by(reply);
    whole.status = old->status();
    whole.headers = headers;
    whole.body = old->body();
    count(Decision::kConfirmed);
  }
  const auto terms = terms_of(request, whole, options_, Clock::system().wall());
  const bool may_fit = terms && whole.body.size() <= options_.entry;
  Settled settled;
  if (confirms || may_fit) {
    settled.entry =
        CacheEntry::make(request, whole, terms.value_or(CacheTerms{}), now, confirms ? old->shared_body() : nullptr);
  }
  settled.stored = may_fit && settled.entry->cost() <= options_.entry;
  if (settled.stored) {
    store_.put(key, request, settled.entry);
    count(Decision::kStored);
  } else if (reply.status < 500) {
    note_uncacheable(key, request, now);
  }
  if (!confirms) settled.entry = nullptr;
  return settled;
}

void Cache::note_uncacheable(const std::string& key, const RequestView& request, MonotonicTime now) {
  store_.remove(key);
  store_.put(key, request, CacheEntry::make_note(now));
}

}  // namespace sojourn
