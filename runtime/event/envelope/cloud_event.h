// A CloudEvent 1.0 as the host knows it, and its three forms over HTTP: binary (attributes as ce-... fields, the data
// as the body), structured (one JSON object) and batched (a JSON array of them). https://github.com/cloudevents/spec:
// core, JSON format and HTTP binding, all 1.0.2.
//
// An event is *whole* when it has an id, a source and a type, and everything that it has is as the specification wants
// it: names of lower-case letters and digits; values that are text without control characters; time as RFC 3339; a
// content type that can stand in a field. Extensions are kept as they are, whatever they mean; numbers and truth that
// structured form has as JSON are kept as the text that they have in binary form. Data is kept byte for byte, as JSON
// too.
//
// Thread: values; any thread.
// Errors: kBadRequest with the attribute's name and the limit, and for a batch with the index of the event.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kAttributeNameMax = 64;           // the specification asks senders for 20 and less
inline constexpr std::size_t kIdentityMax = 2048;              // bytes of the id, the source and the type, each
inline constexpr std::size_t kAttributesMax = 64;              // beside id, source and type
inline constexpr std::size_t kAttributesBytesMax = 16u << 10;  // names and values, all together
inline constexpr std::size_t kBatchEventsMax = 1000;
inline constexpr int kEventDepthMax = 64;  // levels of a JSON text

struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  std::map<std::string, std::string, std::less<>> attributes;  // the others: subject, time, datacontenttype, extensions
  std::string data;

  // Of `id`, `source`, `type` or any other name; empty when it is not there.
  std::string_view attribute(std::string_view name) const;
  bool has(std::string_view name) const;
  bool operator==(const CloudEvent&) const = default;
};

// --- making one -----------------------------------------------------------------------------------------------------

// Puts an attribute into its place, instead of what was there. Error: its name or its value cannot be one.
Status put_attribute(CloudEvent& event, std::string_view name, std::string value);
// Whether the event is whole.
Status check_event(const CloudEvent& event);

// --- reading --------------------------------------------------------------------------------------------------------

enum class EventForm { kNone, kBinary, kStructured, kBatched };

// Which form a request is in, by its Content-Type and its ce-specversion field.
EventForm event_form(std::span<const HeaderField> headers);

// Each event is whole.
Result<CloudEvent> read_binary(std::span<const HeaderField> headers, std::string_view body);
Result<CloudEvent> read_structured(std::string_view body);
Result<std::vector<CloudEvent>> read_batched(std::string_view body);

// What ce-... fields there are, and the data: of a reply that leaves out what the platform fills in. ce-specversion may
// be missing. check_event() comes when the rest is there.
Result<CloudEvent> read_fields(std::span<const HeaderField> headers, std::string_view body);

// --- writing --------------------------------------------------------------------------------------------------------

// Binary form: the fields to send with `data` as the body. Names and values live in `fields`.
struct EventFields {
  std::vector<std::pair<std::string, std::string>> fields;
};
EventFields to_binary(const CloudEvent& event);
// One JSON object; data that is JSON stands in it as JSON, other text as a string, bytes as data_base64.
std::string to_structured(const CloudEvent& event);
std::string to_batched(std::span<const CloudEvent> events);

// Whether a media type is JSON: its subtype is `json` or ends in `+json`.
bool is_json_media_type(std::string_view type);

}  // namespace sojourn
