// The guard `cache`: answers from what was answered before, as RFC 9111 lets a shared cache do. Calls that miss the
// same reply at the same time become one.
//
//   ttl    duration for which a reply below 400 that says nothing about it is fresh; default: it is not stored
//   size   bytes of all entries together; default 64MiB
//   entry  bytes of the largest one, an eighth of `size` at most; default 1MiB, or that
//
// A reply is kept for the version that gave it: a deploy begins with nothing stored. Streams and replies with
// Set-Cookie are not stored. Cache-Status (RFC 9211) says what happened.
//
// Thread: any; a call's passage on its loop.
#pragma once

#include <string>

#include "gateway/guards/built_in_guard.h"
#include "gateway/guards/cache_flights.h"
#include "gateway/guards/cache_rules.h"
#include "gateway/guards/cache_store.h"

namespace sojourn {

Result<CacheOptions> read_cache(std::string_view with);

class Cache final : public BuiltInGuard {
 public:
  explicit Cache(const CacheOptions& options) : BuiltInGuard(kDecisions), options_(options), store_(options.size) {}

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;
  std::uint64_t held_bytes() const override { return store_.bytes(); }

 private:
  class Hit;
  class Lead;
  class Fill;
  class Wait;
  class Renewal;
  class Invalidation;
  using Flights = CacheFlights<Wait>;

  static constexpr std::string_view kDecisions[] = {"hit",      "stale_hit", "miss",   "confirmed",
                                                    "bypassed", "waited",    "stored", "invalidated"};
  enum class Decision { kHit, kStaleHit, kMiss, kConfirmed, kBypassed, kWaited, kStored, kInvalidated };

  enum class Round { kFirst, kAfterWait };
  enum class Company { kTogether, kAlone };  // whether calls that want the same may be one
  // What became of a reply.
  struct Settled {
    CacheEntryPtr entry;  // to answer with; null: with the reply itself
    bool stored = false;
  };

  CallHandle look_up(const RequestView& request, const Inner& inner, Caller& caller, Round round);
  CallHandle fetch(const std::string& key, const RequestView& request, const Inner& inner, Caller& caller,
                   CacheEntryPtr old, Company company);
  CallHandle bypass(const RequestView& request, const Inner& inner, Caller& caller);
  void renew(const std::string& key, const RequestView& request, const Inner& inner, CacheEntryPtr old);

  Settled settle(const std::string& key, const RequestView& request, const CacheEntryPtr& old, const ReplyView& reply,
                 MonotonicTime now);
  void note_uncacheable(const std::string& key, const RequestView& request, MonotonicTime now);

  const CacheOptions options_;
  CacheStore store_;
  Flights flights_;
};

}  // namespace sojourn
