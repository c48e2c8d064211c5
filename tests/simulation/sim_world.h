// What is deployed in a simulation: pipelines and functions in versions, all of them made up at random, and what each
// attempt is answered.
//
// Thread: one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/event/dispatch/dispatch_site.h"
#include "runtime/event/dispatch/step_machine.h"
#include "tests/simulation/sim_random.h"

namespace sojourn::simulation {

class SimWorld final : public DispatchSite {
 public:
  explicit SimWorld(Random& random);

  Result<std::shared_ptr<const Pipeline>> pipeline(const RunDefinition& definition) override;
  Result<ChainPtr> chain(std::string_view reference) override;
  TriggerTablePtr triggers() override { return table_; }
  Result<SecretText> secret(std::string_view name) override;

  // Another version of one of the pipelines, or of one of the functions.
  void deploy();
  // Whether somebody takes from the queue.
  enum class Consumer { kThere, kGone };
  void set_consumer(Consumer consumer);

  // Something that comes in from outside; now and then the same as before.
  Acceptance arrival(EpochMs now);
  // How an attempt went.
  Attempted answer(const StepJob& job, EpochMs now);

  // The most that may be under way in a lane, over all versions there were.
  int limit(const std::string& lane) const;
  bool holds_after_letter(const std::string& pipeline) const;

 private:
  Pipeline make_pipeline(const std::string& name);
  Step make_step(const std::string& id);
  void make_function(const std::string& name);
  void make_table();
  CloudEvent make_event();
  EmittedEvents make_emitted();
  StepOutcome failure();
  StepReply reply();

  Random& random_;
  Consumer consumer_ = Consumer::kThere;
  std::map<std::string, std::vector<std::shared_ptr<const Pipeline>>, std::less<>> pipelines_;
  std::map<std::string, std::vector<ChainPtr>, std::less<>> functions_;
  std::map<std::string, int> limits_;
  TriggerTablePtr table_;
  std::int64_t last_id_ = 0;
};

}  // namespace sojourn::simulation
