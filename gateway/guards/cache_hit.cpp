#include "gateway/guards/cache_hit.h"

#include <utility>

namespace sojourn {

// Whether the client has it already is decided at once, so that the request need not be kept.
Cache::Hit::Hit(CacheEntryPtr entry, std::string_view word, const RequestView& request, const Inner& inner,
                Caller& caller)
    : entry_(std::move(entry)), inner_(inner), caller_(&caller), head_(word) {
  reply_ = head_.of(*entry_, request, inner_.loop().now());
  inner_.loop().at_turn_end([this] { tell(); });
}

void Cache::Hit::tell() {
  Caller* const caller = std::exchange(caller_, nullptr);
  const Inner run = inner_;  // the times are its
  told_ = true;
  if (caller == nullptr) {
    delete this;
  } else {
    caller->on_reply(reply_, run.answered());
  }
}

void Cache::Hit::drop() {
  caller_ = nullptr;
  if (told_) delete this;
}

}  // namespace sojourn
