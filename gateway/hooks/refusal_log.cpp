#include "gateway/hooks/refusal_log.h"

#include <utility>

namespace sojourn {
namespace {

constexpr std::size_t kAddressMax = 64;  // bytes; behind a proxy the sender may have a say in it

}  // namespace

void RefusalLog::add(const Log& log, std::string_view path, std::string_view reason, std::string_view remote,
                     MonotonicTime now) {
  std::uint64_t unwritten = 0;
  {
    const std::lock_guard lock(mutex_);
    if (hooks_.size() == kHooksMax && hooks_.find(path) == hooks_.end()) hooks_.clear();
    const auto [hook, is_new] = hooks_.try_emplace(std::string(path), Hook{now});
    if (!is_new && now - hook->second.written < kBetween) {
      ++hook->second.unwritten;
      return;
    }
    hook->second.written = now;
    unwritten = std::exchange(hook->second.unwritten, 0);
  }
  log.warn("webhook refused", {{"hook", path},
                               {"reason", reason},
                               {"remote", remote.substr(0, kAddressMax)},
                               {"refusedSinceLastLine", std::to_string(unwritten)}});
}

}  // namespace sojourn
