// The guard `split`: sends calls to several functions or versions by weight, as when a new version is to get a growing
// share of them.
//
//   weights  {TARGET: number, …}; a target is `self` (the inner links), NAME or NAME@N; required, the sum above 0
//   sticky   header:NAME, query:NAME, cookie:NAME, address, token: equal values go to the same target; default: none
//
// With `sticky: cookie:NAME` a call without the cookie gets one. A call without any other sticky value is sent at
// random. When weights change, only those callers move whose target lost weight.
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/guards/built_in_guard.h"
#include "gateway/guards/weighted_choice.h"
#include "runtime/base/call_reference.h"

namespace sojourn {

inline constexpr std::string_view kSplitSelf = "self";

struct SplitOptions {
  std::vector<WeightedTarget> weights;
  std::optional<CallReference> sticky;
};
Result<SplitOptions> read_split(std::string_view with);

class Split final : public BuiltInGuard {
 public:
  explicit Split(SplitOptions options);

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;

 private:
  class SetsCookie;

  CallHandle send(const std::string& target, const RequestView& request, const Inner& inner, Caller& caller);

  const std::optional<CallReference> sticky_;
  const WeightedChoice choice_;
};

}  // namespace sojourn
