// The TriggerTable says what an event begins: for each trigger of everything that is deployed, indexed, so that an
// event is compared with those triggers alone that its type may fit. It is immutable, as the RouteTable is.
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

// One trigger of a source. Lives as long as its table.
struct BoundTrigger {
  const TriggerSource* source = nullptr;
  const Trigger* trigger = nullptr;

  template <class T>
  const T& as() const {
    return std::get<T>(trigger->on);
  }
};

class TriggerTable {
 public:
  // kRefused when two webhooks have one path, two pipelines take from one queue, or two have one name.
  static Result<std::shared_ptr<const TriggerTable>> make(std::vector<TriggerSource> sources);
  ~TriggerTable();

  // The run that this trigger makes of the event: its id, its key, its first job. Nothing when the event does not
  // match. A key whose reference has no value in the event counts as empty: the run is in no order with others.
  std::optional<RunSpec> run_of(const BoundTrigger& trigger, const CloudEvent& event) const;
  // Those of every `event` trigger that the event matches.
  std::vector<RunSpec> runs_for(const CloudEvent& event) const;
  // The runs of `function` triggers that follow the function's calls: the event is io.sojourn.function.succeeded or
  // .failed.
  std::vector<RunSpec> runs_after(std::string_view function, CallOutcome outcome, const CloudEvent& event) const;
  bool is_followed(std::string_view function) const;

  // What is to be acted upon; null and empty when there is none.
  const BoundTrigger* hook(std::string_view path) const;
  const BoundTrigger* consumer(std::string_view queue) const;
  std::span<const BoundTrigger> schedules() const;                             // cron
  std::span<const BoundTrigger> directories() const;                           // files
  std::span<const BoundTrigger> consumers() const;                             // queue
  std::span<const BoundTrigger> triggers_of(std::string_view pipeline) const;  // all of its own, in their order
  std::size_t size() const;                                                    // triggers

 private:
  struct Index;
  explicit TriggerTable(std::vector<TriggerSource> sources);

  std::vector<TriggerSource> sources_;
  std::unique_ptr<Index> index_;
};
using TriggerTablePtr = std::shared_ptr<const TriggerTable>;

}  // namespace sojourn
