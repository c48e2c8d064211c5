// A RefusalLog writes down which requests to webhooks were refused, one line per hook and second at most: a stranger
// who tries a million signatures costs the log no more than one who tries a few.
//
// Thread: any; it locks.
// Owner:  the Site. Bound: kHooksMax hooks are told apart; beyond them it begins anew.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"

namespace sojourn {

class RefusalLog {
 public:
  static constexpr std::size_t kHooksMax = 1024;
  static constexpr std::chrono::seconds kBetween{1};

  // `reason` is what the sender is told. REQUIRES: `path` is a hook's, and not the sender's to choose.
  void add(const Log& log, std::string_view path, std::string_view reason, std::string_view remote, MonotonicTime now);

 private:
  struct Hook {
    MonotonicTime written;
    std::uint64_t unwritten = 0;  // since then
  };

  std::mutex mutex_;
  std::map<std::string, Hook, std::less<>> hooks_;
};

}  // namespace sojourn
