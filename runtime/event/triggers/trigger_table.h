// The TriggerTable says what an event begins: for each trigger of everything that is deployed, indexed, so that an
// event is compared with those triggers alone that its type may fit: those whose match demands the type or a prefix of
// it, and those that take every type. It is immutable, as the RouteTable is.
//
// Thread: any; nothing in it changes after it was made.
// Owner:  shared by the loops.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/pipeline.h"
#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/run_definition.h"

namespace sojourn {

// A pipeline whose triggers are to be listened to, and what its runs keep to.
struct TriggerSource {
  std::shared_ptr<const Pipeline> pipeline;
  RunDefinition definition;
};

// One trigger of a source. Lives as long as its table, and goes to that table alone.
struct BoundTrigger {
  const TriggerSource* source = nullptr;
  const Trigger* trigger = nullptr;

  template <class T>
  const T& as() const {
    return std::get<T>(trigger->on);
  }
};

class TriggerIndex;

class TriggerTable {
 public:
  // kRefused when two webhooks have one path, two pipelines take from one queue, or two have one name; both are named.
  // REQUIRES: each pipeline has a step.
  static Result<std::shared_ptr<const TriggerTable>> make(std::vector<TriggerSource> sources);
  ~TriggerTable();

  // The run that this trigger makes of the event: its id, its key (run_key.h), its first job. Nothing when the event
  // does not match.
  std::optional<RunSpec> run_of(const BoundTrigger& trigger, const CloudEvent& event) const;
  // The two halves of it: whether it matches, and the run without asking that.
  bool wants(const BoundTrigger& trigger, const CloudEvent& event) const;
  RunSpec start(const BoundTrigger& trigger, const CloudEvent& event) const;
  // One of each pipeline with an `event` trigger that the event matches.
  std::vector<RunSpec> runs_for(const CloudEvent& event) const;
  // One of each pipeline with a `function` trigger that follows the function's calls: the event is
  // io.sojourn.function.succeeded or .failed.
  std::vector<RunSpec> runs_after(std::string_view function, CallOutcome outcome, const CloudEvent& event) const;
  bool is_followed(std::string_view function) const;
  // With how many `event` triggers an event of the type is compared.
  std::size_t compared_with(std::string_view type) const;

  // What is to be acted upon; null and empty when there is none.
  const BoundTrigger* hook(std::string_view path) const;
  const BoundTrigger* consumer(std::string_view queue) const;
  std::span<const BoundTrigger> schedules() const;                             // cron
  std::span<const BoundTrigger> directories() const;                           // files
  std::span<const BoundTrigger> consumers() const;                             // queue
  std::span<const BoundTrigger> triggers_of(std::string_view pipeline) const;  // all of its own, in their order
  std::size_t size() const;                                                    // triggers

 private:
  explicit TriggerTable(std::vector<TriggerSource> sources);

  std::vector<TriggerSource> sources_;
  std::unique_ptr<TriggerIndex> index_;
};
using TriggerTablePtr = std::shared_ptr<const TriggerTable>;

}  // namespace sojourn
