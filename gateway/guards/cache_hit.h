// A cached reply on its way to the caller, at the end of the turn, since no caller hears anything from inside the start
// of its call. The body is not copied: the entry is held until the reply was handed over.
//
// Thread: the loop of the call.
// Owner:  itself, until it was told and dropped.
#pragma once

#include "gateway/guards/cache.h"
#include "gateway/guards/cache_reply.h"

namespace sojourn {

class Cache::Hit final : public RunningCall {
 public:
  Hit(CacheEntryPtr entry, std::string_view word, const RequestView& request, const Inner& inner, Caller& caller);
  Hit(const Hit&) = delete;
  Hit& operator=(const Hit&) = delete;

  void drop() override;
  void consumed(std::size_t) override {}

 private:
  ~Hit() = default;
  void tell();

  const CacheEntryPtr entry_;
  const Inner inner_;  // holds the chain until the reply is told
  Caller* caller_;
  CacheReply head_;
  ReplyView reply_;
  bool told_ = false;
};

}  // namespace sojourn
