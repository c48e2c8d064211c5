// The heads of what the cache sends: the stored fields with Age and Cache-Status, or the few that a 304 has.
//
// Thread: the loop of the call.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guards/cache_entry.h"
#include "runtime/call/caller.h"

namespace sojourn {

class CacheReply {
 public:
  // `word` is what Cache-Status says after the cache's name: "hit", "fwd=uri-miss; stored".
  explicit CacheReply(std::string_view word);

  // The views are into `entry` and this object.
  ReplyView of(const CacheEntry& entry, const RequestView& request, MonotonicTime now);
  // The same of a reply that comes from the function right now.
  ReplyView of(const ReplyView& reply, const RequestView& request);

 private:
  ReplyView finish(ReplyView reply, const RequestView& request);

  std::string status_;
  std::string age_;
  std::vector<HeaderField> headers_;
};

}  // namespace sojourn
