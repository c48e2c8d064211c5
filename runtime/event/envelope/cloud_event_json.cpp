// The JSON format of CloudEvents 1.0.2: one event as an object, several as an array.
#include <nlohmann/json.hpp>

#include "runtime/crypto/encoding.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/envelope/cloud_event_text.h"
#include "runtime/event/strict_json.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

Error bad(const std::string& what) {
  return Error(ErrorCode::kBadRequest, "CloudEvent: " + what);
}

// The types of the specification that JSON has: text, whole numbers of 32 bits, truth.
Result<std::string> value_of(const std::string& name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number_integer() && value >= INT32_MIN && value <= INT32_MAX) return value.dump();
  return bad("the attribute " + name + " is neither text, nor true or false, nor a whole number of 32 bits");
}

Status read_data(const Json& object, CloudEvent& event) {
  const auto data = object.find("data");
  const auto base64 = object.find("data_base64");
  if (data != object.end() && base64 != object.end()) return bad("it has both data and data_base64");
  if (base64 != object.end()) {
    auto bytes = base64->is_string() ? from_base64(base64->get_ref<const std::string&>()) : std::nullopt;
    if (!bytes) return bad("data_base64 is no base64");
    event.data = std::move(*bytes);
  }
  if (data == object.end()) return {};
  // Data that is no JSON by its type is a string that stands for itself.
  const std::string_view type = event.attribute("datacontenttype");
  const bool stands_for_itself = data->is_string() && !type.empty() && !is_json_media_type(type);
  event.data = stands_for_itself ? data->get<std::string>() : data->dump();
  if (type.empty()) event.attributes["datacontenttype"] = "application/json";
  return {};
}

Result<CloudEvent> event_of(const Json& object) {
  if (!object.is_object()) return bad("it is no JSON object");
  const auto version = object.find("specversion");
  if (version == object.end() || *version != "1.0") return bad("specversion is missing, or is not \"1.0\"");
  CloudEvent event;
  for (const auto& [name, value] : object.items()) {
    if (name == "specversion" || name == "data" || name == "data_base64" || value.is_null()) continue;
    auto text = value_of(name, value);
    if (!text) return text.error();
    if (Status put = put_attribute(event, name, std::move(*text)); !put) return put.error();
  }
  if (Status read = read_data(object, event); !read) return read.error();
  if (Status whole = check_event(event); !whole) return whole.error();
  return event;
}

}  // namespace

Result<CloudEvent> read_structured(std::string_view body) {
  auto json = parse_strictly(body, "the event");
  if (!json) return json.error();
  return event_of(*json);
}

Result<std::vector<CloudEvent>> read_batched(std::string_view body) {
  auto json = parse_strictly(body, "the batch");
  if (!json) return json.error();
  if (!json->is_array()) return bad("a batch is a JSON array of events");
  if (json->size() > kBatchEventsMax) {
    return bad("the batch has " + std::to_string(json->size()) + " events, and takes at most " +
               std::to_string(kBatchEventsMax));
  }
  std::vector<CloudEvent> events;
  for (const Json& object : *json) {
    auto event = event_of(object);
    if (!event) return event.error().at("event " + std::to_string(events.size()) + " of the batch");
    events.push_back(std::move(*event));
  }
  return events;
}

std::string to_structured(const CloudEvent& event) {
  Json object = {{"specversion", "1.0"}, {"id", event.id}, {"source", event.source}, {"type", event.type}};
  for (const auto& [name, value] : event.attributes) object[name] = value;
  const std::string_view type = event.attribute("datacontenttype");
  if (is_json_media_type(type)) {
    if (auto data = parse_strictly(event.data, "data"); data.ok()) {
      object["data"] = std::move(*data);
      return object.dump();
    }
  }
  if (event.data.empty()) return object.dump();
  if (is_utf8(event.data) && !type.empty() && !is_json_media_type(type)) {
    object["data"] = event.data;
  } else {
    object["data_base64"] = to_base64(event.data);
  }
  return object.dump();
}

}  // namespace sojourn
