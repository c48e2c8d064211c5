// The DispatchSite is what the dispatcher knows of the world: what is deployed, and the values of secrets.
//
// Thread: the dispatcher's loop.
// Owner:  the gateway. It outlives the dispatcher.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "loader/pipeline.h"
#include "runtime/base/result.h"
#include "runtime/base/secret_text.h"
#include "runtime/call/chain.h"
#include "runtime/event/triggers/run_definition.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

class DispatchSite {
 public:
  virtual ~DispatchSite() = default;

  // The pipeline that a run of kPipeline or kTrigger keeps to. kVersionNotFound when its version is gone.
  virtual Result<std::shared_ptr<const Pipeline>> pipeline(const RunDefinition& definition) = 0;
  // The chain that `NAME@7` means, built for the version that a run keeps to.
  virtual Result<ChainPtr> chain(std::string_view reference) = 0;
  virtual TriggerTablePtr triggers() = 0;
  virtual Result<SecretText> secret(std::string_view name) = 0;
  // An attempt at a call of the function has ended so; for who counts calls.
  virtual void called(std::string_view /*function*/, int /*status*/, std::chrono::milliseconds /*took*/) {}
};

}  // namespace sojourn
