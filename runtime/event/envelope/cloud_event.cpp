#include "runtime/event/envelope/cloud_event.h"

#include "runtime/event/envelope/cloud_event_text.h"

namespace sojourn {
namespace {

constexpr std::string_view kPrefix = "ce-";
constexpr std::string_view kContentType = "datacontenttype";

std::string_view field_of(std::span<const HeaderField> headers, std::string_view name) {
  for (const HeaderField& field : headers) {
    if (field.name == name) return field.value;
  }
  return {};
}

// `Application/JSON; charset=utf-8` as `application/json`.
std::string bare_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  std::string lower(type);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Error bad(const std::string& what) {
  return Error(ErrorCode::kBadRequest, "CloudEvent: " + what);
}

}  // namespace

std::string_view CloudEvent::attribute(std::string_view name) const {
  if (name == "id") return id;
  if (name == "source") return source;
  if (name == "type") return type;
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

EventForm event_form(std::span<const HeaderField> headers) {
  const std::string type = bare_type(field_of(headers, "content-type"));
  if (type == "application/cloudevents+json") return EventForm::kStructured;
  if (type == "application/cloudevents-batch+json") return EventForm::kBatched;
  return field_of(headers, "ce-specversion").empty() ? EventForm::kNone : EventForm::kBinary;
}

Result<CloudEvent> read_binary(std::span<const HeaderField> headers, std::string_view body) {
  CloudEvent event;
  for (const HeaderField& field : headers) {
    if (!field.name.starts_with(kPrefix)) continue;
    const std::string_view name = field.name.substr(kPrefix.size());
    auto value = decode_field(field.value);
    if (!value) return bad("the field " + std::string(field.name) + " is not percent-encoded UTF-8");
    if (name == "specversion") {
      if (*value != "1.0") return bad("specversion is `" + value->substr(0, 20) + "`, and has to be 1.0");
      continue;
    }
    if (name == kContentType) return bad("ce-datacontenttype: binary form says it by Content-Type");
    if (!event.attribute(name).empty()) return bad("the field " + std::string(field.name) + " stands twice");
    if (Status put = put_attribute(event, name, std::move(*value)); !put) return put.error();
  }
  if (const std::string_view type = field_of(headers, "content-type"); !type.empty()) {
    event.attributes[std::string(kContentType)] = type;
  }
  event.data = body;
  if (Status whole = check_event(event); !whole) return whole.error();
  return event;
}

EventFields to_binary(const CloudEvent& event) {
  EventFields out;
  out.fields.emplace_back("ce-specversion", "1.0");
  for (const std::string_view name : {"id", "source", "type"}) {
    out.fields.emplace_back("ce-" + std::string(name), encode_field(event.attribute(name)));
  }
  for (const auto& [name, value] : event.attributes) {
    if (name == kContentType) {
      out.fields.emplace_back("content-type", value);
    } else {
      out.fields.emplace_back("ce-" + name, encode_field(value));
    }
  }
  return out;
}

bool is_json_media_type(std::string_view type) {
  const std::string bare = bare_type(type);
  return bare == "application/json" || bare == "text/json" || std::string_view(bare).ends_with("+json");
}

}  // namespace sojourn
