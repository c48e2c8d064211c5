// The TriggerIndex is the inside of a TriggerTable: every trigger with its compiled matches, and where it is looked
// for.
//
// Thread: any; it does not change after build().
// Bounds: an event is compared with the triggers under its type, under the prefixes of its type that some trigger
//         demands (one lookup for each of their lengths), and with those that demand nothing of the type.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/event/triggers/event_matcher.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

class TriggerIndex {
 public:
  using Numbers = std::vector<std::size_t>;  // of triggers, in the order of the sources
  template <class T>
  using ByName = std::map<std::string, T, std::less<>>;

  // The sources outlive the index. Error: two of them claim the same.
  Status build(std::span<const TriggerSource> sources);

  std::size_t size() const { return all_.size(); }
  const BoundTrigger& operator[](std::size_t number) const { return all_[number]; }
  // REQUIRES: it is one of this index.
  std::size_t number_of(const BoundTrigger& trigger) const;
  // Whether the pipeline's match and the trigger's hold.
  bool matches(std::size_t number, EventValues& values) const;

  // The `event` triggers that an event of this type may match, each once.
  Numbers candidates(std::string_view type) const;
  const Numbers* followers(std::string_view function) const;
  const BoundTrigger* hook(std::string_view path) const;
  const BoundTrigger* consumer(std::string_view queue) const;
  std::span<const BoundTrigger> of_source(std::string_view name) const;
  std::span<const BoundTrigger> schedules() const { return schedules_; }
  std::span<const BoundTrigger> directories() const { return directories_; }
  std::span<const BoundTrigger> consumers() const { return consumers_; }

 private:
  struct Matches {
    const EventMatcher* of_pipeline = nullptr;  // null: everything
    std::optional<EventMatcher> own;
  };
  struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  Status add_source(const TriggerSource& source);
  Status place(std::size_t number);
  void place_by_type(std::size_t number);
  // Error: another source has the name already.
  Status claim(ByName<std::size_t>& names, const std::string& name, std::string_view what, std::size_t number);

  std::vector<BoundTrigger> all_;
  std::vector<Matches> matches_;               // as all_
  std::deque<EventMatcher> pipeline_matches_;  // at one address each
  std::unordered_map<const Trigger*, std::size_t> numbers_;
  ByName<Range> sources_;
  ByName<std::size_t> hooks_;
  ByName<std::size_t> queues_;
  ByName<Numbers> followers_;
  std::vector<BoundTrigger> schedules_, directories_, consumers_;
  // `event` triggers by what they demand of the type.
  std::unordered_map<std::string, Numbers> by_type_;
  std::unordered_map<std::string, Numbers> by_prefix_;
  std::set<std::size_t> prefix_sizes_;
  Numbers of_any_type_;
};

}  // namespace sojourn
