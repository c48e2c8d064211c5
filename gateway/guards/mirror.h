// The guard `mirror`: sends a copy of a share of the calls to another function or version. What that answers is read to
// its end and thrown away; neither its failures nor its time touch the call.
//
//   to       NAME or NAME@N; required
//   percent  of the calls, above 0 to 100; default 100
//   most     copies under way at once; what would be more is not sent; default 16
//   timeout  of a copy; default 30s
//
// Thread: any.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "gateway/guards/built_in_guard.h"

namespace sojourn {

struct MirrorOptions {
  std::string to;
  double percent = 100;
  int most = 16;
  std::chrono::milliseconds timeout{30'000};
};
Result<MirrorOptions> read_mirror(std::string_view with);

class Mirror final : public BuiltInGuard {
 public:
  explicit Mirror(MirrorOptions options);

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;

 private:
  class Copy;

  void send_copy(const RequestView& request, const Inner& inner);

  const MirrorOptions options_;
  std::atomic<int> under_way_{0};
};

}  // namespace sojourn
