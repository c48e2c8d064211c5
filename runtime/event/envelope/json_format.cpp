// The JSON format 1.0.2: one event as an object, several as an array.
#include <algorithm>
#include <array>

#include "runtime/base/utf8.h"
#include "runtime/crypto/encoding.h"
#include "runtime/event/envelope/attribute_text.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/json/json_text.h"

namespace sojourn {
namespace {

using nlohmann::json;

// The attributes that the specification defines are text, or written as text.
constexpr std::array<std::string_view, 7> kOwnAttributes = {"id",         "source", "type",           "subject",
                                                            "dataschema", "time",   "datacontenttype"};

// The types of the specification that JSON has: text, whole numbers of 32 bits, truth.
Result<std::string> value_of(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  const std::string which = "the attribute " + name.substr(0, kAttributeNameMax);
  if (std::find(kOwnAttributes.begin(), kOwnAttributes.end(), name) != kOwnAttributes.end()) {
    return bad_event(which + " is no JSON string");
  }
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number_integer() && value >= INT32_MIN && value <= INT32_MAX) return value.dump();
  return bad_event(which + " is neither text, nor true or false, nor a whole number of 32 bits");
}

Status read_base64(const json& object, CloudEvent& event) {
  const auto member = object.find("data_base64");
  if (member == object.end() || member->is_null()) return {};
  if (object.contains("data")) return bad_event("it has both data and data_base64");
  auto bytes = member->is_string() ? from_base64(member->get_ref<const std::string&>()) : std::nullopt;
  if (!bytes) return bad_event("data_base64 is no base64");
  event.data = std::move(*bytes);
  return {};
}

// `data` as the text has it, but for a string whose content type is no JSON: that stands for itself. Without a content
// type it is JSON by the specification, which wants that said when the event travels on in another form.
void read_data(const json& object, std::string_view text, CloudEvent& event) {
  const auto member = object.find("data");
  if (member == object.end()) return;
  std::string& type = event.attributes[std::string(kContentTypeAttribute)];
  if (type.empty()) type = "application/json";
  if (member->is_string() && !is_json_media_type(type)) {
    event.data = member->get_ref<const std::string&>();
  } else {
    event.data = member_text(text, "data").value_or(std::string_view());
  }
}

// `text` is what `object` was parsed from.
Result<CloudEvent> event_of(const json& object, std::string_view text) {
  if (!object.is_object()) return bad_event("it is no JSON object");
  const auto version = object.find("specversion");
  if (version == object.end() || *version != "1.0") return bad_event("specversion is missing, or is not \"1.0\"");
  CloudEvent event;
  for (const auto& [name, value] : object.items()) {
    if (name == "specversion" || name == "data" || name == "data_base64" || value.is_null()) continue;
    auto as_text = value_of(name, value);
    if (!as_text) return as_text.error();
    if (Status put = put_attribute(event, name, std::move(*as_text)); !put) return put.error();
  }
  if (Status read = read_base64(object, event); !read) return read.error();
  read_data(object, text, event);
  if (Status whole = check_event(event); !whole) return whole.error();
  return event;
}

std::string json_string(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// The member that holds the data, with a comma before it; nothing when there is no data.
std::string data_member(const CloudEvent& event) {
  // Deeper data could not be read again with the object and a batch around it.
  constexpr int kDataDepthMax = kEventDepthMax - 2;
  if (event.data.empty()) return {};
  const std::string_view type = event.attribute(kContentTypeAttribute);
  const bool is_json = is_json_media_type(type);
  if (is_json && !event.data.starts_with('\xEF') && parse_json(event.data, kDataDepthMax).ok()) {
    return ",\"data\":" + event.data;
  }
  if (!is_json && !type.empty() && is_utf8(event.data)) return ",\"data\":" + json_string(event.data);
  return ",\"data_base64\":\"" + to_base64(event.data) + "\"";
}

}  // namespace

Result<CloudEvent> read_structured(std::string_view body) {
  const auto object = parse_json(body, kEventDepthMax);
  if (!object) return object.error().at("CloudEvent");
  return event_of(*object, body);
}

Result<std::vector<CloudEvent>> read_batched(std::string_view body) {
  const auto array = parse_json(body, kEventDepthMax);
  if (!array) return array.error().at("CloudEvents");
  if (!array->is_array()) return bad_event("a batch is a JSON array of events");
  if (array->size() > kBatchEventsMax) {
    return bad_event("the batch has " + std::to_string(array->size()) + " events, and may have " +
                     std::to_string(kBatchEventsMax));
  }
  const std::vector<std::string_view> texts = element_texts(body);
  std::vector<CloudEvent> events;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto event = event_of((*array)[i], texts[i]);
    if (!event) return event.error().at("event " + std::to_string(i) + " of the batch");
    events.push_back(std::move(*event));
  }
  return events;
}

std::string to_structured(const CloudEvent& event) {
  std::string text = R"({"specversion":"1.0")";
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(",\"").append(name).append("\":").append(json_string(value));
  };
  for (const std::string_view name : {"id", "source", "type"}) add(name, event.attribute(name));
  for (const auto& [name, value] : event.attributes) add(name, value);
  return text + data_member(event) + "}";
}

std::string to_batched(std::span<const CloudEvent> events) {
  std::string text = "[";
  for (const CloudEvent& event : events) {
    if (text.size() > 1) text += ',';
    text += to_structured(event);
  }
  return text + "]";
}

}  // namespace sojourn
