// A CloudEvent 1.0 as the host knows it, and its three forms over HTTP: binary (attributes as ce-... fields, the data as
// the body), structured (one JSON object) and batched (a JSON array of them).
// https://github.com/cloudevents/spec, core, JSON format and HTTP binding, all 1.0.2.
//
// What is checked: specversion 1.0; id, source and type there and not empty; attribute names of lower-case letters and
// digits, at most kAttributeNameMax; values without control characters; time as RFC 3339; at most kAttributesMax
// attributes. Extensions are kept as they are, whatever they mean.
//
// Thread: values; any thread.
// Errors: kBadRequest with the attribute's name, and for a batch with the index of the event.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kAttributeNameMax = 20;
inline constexpr std::size_t kAttributesMax = 64;
inline constexpr std::size_t kBatchEventsMax = 1000;
inline constexpr std::size_t kEventDepthMax = 64;  // levels of a JSON text

struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  std::map<std::string, std::string, std::less<>> attributes;  // the others: subject, time, datacontenttype, extensions
  std::string data;

  // Of `id`, `source`, `type` or any other name; empty when it is not there.
  std::string_view attribute(std::string_view name) const;
  bool operator==(const CloudEvent&) const = default;
};

enum class EventForm { kNone, kBinary, kStructured, kBatched };

// Which form a request is in, by its Content-Type and its ce-specversion field.
EventForm event_form(std::span<const HeaderField> headers);

Result<CloudEvent> read_binary(std::span<const HeaderField> headers, std::string_view body);
Result<CloudEvent> read_structured(std::string_view body);
Result<std::vector<CloudEvent>> read_batched(std::string_view body);

// Binary form: the fields to send with `data` as the body. Names and values live in `fields`.
struct EventFields {
  std::vector<std::pair<std::string, std::string>> fields;
};
EventFields to_binary(const CloudEvent& event);
// One JSON object; data that is JSON stands in it as JSON, other text as a string, bytes as data_base64.
std::string to_structured(const CloudEvent& event);

// Whether a media type is JSON: application/json, text/json, or any that ends in +json.
bool is_json_media_type(std::string_view type);

}  // namespace sojourn
