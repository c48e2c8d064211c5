// What a run keeps to from its beginning to its end, whatever is deployed meanwhile: which version of the pipeline, and
// which version of each function that its steps call. The journal keeps it as text with the run.
//
//   pipeline NAME@3 enrich@7 crm@2      a pipeline's run
//   trigger  NAME@7                     a run of a function's own trigger: its configuration holds the trigger
//   call     NAME@7                     an asynchronous call
//   queue    NAME                       an item of a queue that nobody takes from yet
//
// Thread: values; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

enum class RunKind { kPipeline, kTrigger, kCall, kQueue };

struct RunDefinition {
  RunKind kind = RunKind::kPipeline;
  std::string name;
  int number = 0;                                     // of the pipeline's, or the function's, version; 0 for kQueue
  std::map<std::string, int, std::less<>> functions;  // kPipeline: the versions of those that steps name without one

  std::string to_text() const;
  static std::optional<RunDefinition> parse(std::string_view text);  // nothing: it is not one of ours
  bool operator==(const RunDefinition&) const = default;
};

enum class LaneKind { kStep, kCall, kCallback, kQueue };

// A lane that jobs wait in, as what it is for.
struct Lane {
  LaneKind kind = LaneKind::kStep;
  std::string name;  // of the pipeline, the function or the queue
  std::string step;  // kStep

  std::string to_text() const;
  static std::optional<Lane> parse(std::string_view text);
  bool operator==(const Lane&) const = default;
};

// Items that nobody takes from yet have runs whose pipeline is called like their lane: the name begins so.
inline constexpr std::string_view kQueueLanePrefix = "queue:";

// The names of lanes.
std::string step_lane(std::string_view pipeline, std::string_view step);  // one per step of a pipeline
std::string call_lane(std::string_view function);                         // asynchronous calls of a function
std::string callback_lane(std::string_view function);                     // their callbacks
std::string queue_lane(std::string_view queue);                           // items that nobody takes from yet

}  // namespace sojourn
