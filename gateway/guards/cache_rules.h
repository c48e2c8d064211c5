// The rules of RFC 9111 for a shared cache: what a request allows, whether a reply may be stored and for how long,
// whether a stored one may be used.
//
// Thread: any; pure functions.
#pragma once

#include <chrono>
#include <optional>

#include "gateway/guards/cache_control.h"
#include "gateway/guards/cache_entry.h"
#include "runtime/base/clock.h"
#include "runtime/call/caller.h"

namespace sojourn {

struct CacheOptions {
  std::chrono::milliseconds ttl{0};  // of replies below 400 that say nothing about it; 0: those are not stored
  std::uint64_t size = 64u << 20;    // bytes of all entries together
  std::uint64_t entry = 0;           // bytes of the largest one
};

// What the cache has to do with a request.
enum class CacheRole {
  kServes,       // GET and HEAD: answer, or store
  kInvalidates,  // a method that changes things: a success makes what is stored for its URL old
  kStaysOut,     // parts of a representation, conditions on a change, bodies in a GET
};
CacheRole role_for(const RequestView& request);

// The terms on which a reply may be stored, or nothing. `request` is as the function saw it.
std::optional<CacheTerms> terms_of(const RequestView& request, const ReplyView& reply, const CacheOptions& options,
                                   WallTime now);

enum class CacheUse {
  kFresh,           // answer with it
  kStaleMeanwhile,  // answer with it, and have it renewed
  kConfirm,         // ask the function whether it still holds
};
CacheUse use_of(const CacheEntry& entry, const CacheControl& asked, MonotonicTime now);

// Whether an old entry may stand in for a failure.
bool may_stand_in(const CacheEntry& entry, const CacheControl& asked, MonotonicTime now);

// Whether the client has it already: If-None-Match, or where that is absent If-Modified-Since.
bool client_has(const RequestView& request, std::string_view entity_tag, std::string_view last_modified);

}  // namespace sojourn
