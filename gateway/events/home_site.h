// The HomeSite is what the dispatcher knows of the world: what the home worker's tables say at this moment.
//
// Thread: the home loop.
// Owner:  the EventWork. The worker outlives it.
#pragma once

#include <memory>
#include <string_view>

#include "gateway/worker.h"
#include "runtime/event/dispatch/dispatch_site.h"

namespace sojourn {

class HomeSite final : public DispatchSite {
 public:
  explicit HomeSite(const Worker& home) : home_(home) {}

  Result<std::shared_ptr<const Pipeline>> pipeline(const RunDefinition& definition) override;
  Result<ChainPtr> chain(std::string_view reference) override;
  TriggerTablePtr triggers() override;
  Result<SecretText> secret(std::string_view name) override;
  void called(std::string_view function, int status, std::chrono::milliseconds took) override;

 private:
  const Worker& home_;
};

}  // namespace sojourn
