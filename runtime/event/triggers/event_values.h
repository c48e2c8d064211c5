// EventValues finds what references name in one event: attributes by their names, and by JSON Pointers places in data
// that is JSON. The data is parsed when the first reference asks for it, and once, however many triggers ask.
//
// Data has values when it says that it is JSON, or says nothing, and is JSON by the rules of events: UTF-8, at most
// kEventDepthMax levels, no name twice. Other data has none; that is no error.
//
// Thread: one.
// Owner:  whoever looks at the event, which outlives it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {

class EventValues {
 public:
  explicit EventValues(const CloudEvent& event) : event_(event) {}

  const CloudEvent& event() const { return event_; }
  // Nothing: the event has no such attribute.
  std::optional<std::string_view> attribute(std::string_view name) const;
  // Null: nothing stands there.
  const nlohmann::json* data(std::string_view pointer);
  // The value as text, the same for values that are equal: text as it is, numbers in one way of writing, arrays and
  // objects as JSON with their names in order. Nothing: there is none, or null.
  std::optional<std::string> text(std::string_view reference);

  bool has_parsed() const { return data_.has_value(); }

 private:
  const CloudEvent& event_;
  std::optional<nlohmann::json> data_;  // once it was asked for; discarded: it has no values
};

// Whether a reference is a place in the data, and no attribute.
inline bool is_data_reference(std::string_view reference) {
  return reference.starts_with('/');
}

}  // namespace sojourn
