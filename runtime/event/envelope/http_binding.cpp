// The binary form of the HTTP binding 1.0.2, and how a form is told.
#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/event/envelope/attribute_text.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {
namespace {

constexpr std::string_view kPrefix = "ce-";

std::string_view field_of(std::span<const HeaderField> headers, std::string_view name) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const HeaderField& field) { return field.name == name; });
  return found == headers.end() ? std::string_view() : found->value;
}

// Whether `Application/JSON; charset=utf-8` is application/json.
bool is_media_type(std::string_view field, std::string_view type) {
  if (field.size() < type.size()) return false;
  const bool begins_so = equals_ignoring_case(field.substr(0, type.size()), type);
  const std::string_view rest = field.substr(type.size());
  return begins_so && (rest.empty() || std::string_view("; \t").find(rest.front()) != std::string_view::npos);
}

Status read_field(const HeaderField& field, CloudEvent& event) {
  const std::string_view name = field.name.substr(kPrefix.size());
  if (name == kContentTypeAttribute) return bad_event("ce-datacontenttype: binary form says it by Content-Type");
  if (event.has(name)) return bad_event("the field " + std::string(field.name.substr(0, 40)) + " stands twice");
  auto value = decode_field(field.value);
  if (!value) return bad_event("the field " + std::string(field.name.substr(0, 40)) + " is no percent-encoded UTF-8");
  return put_attribute(event, name, std::move(*value));
}

}  // namespace

EventForm event_form(std::span<const HeaderField> headers) {
  const std::string_view type = field_of(headers, "content-type");
  if (is_media_type(type, "application/cloudevents+json")) return EventForm::kStructured;
  if (is_media_type(type, "application/cloudevents-batch+json")) return EventForm::kBatched;
  return field_of(headers, "ce-specversion").empty() ? EventForm::kNone : EventForm::kBinary;
}

Result<CloudEvent> read_fields(std::span<const HeaderField> headers, std::string_view body) {
  CloudEvent event;
  for (const HeaderField& field : headers) {
    if (!field.name.starts_with(kPrefix)) continue;
    if (field.name == "ce-specversion") {
      if (field.value != "1.0") return bad_event("ce-specversion is not 1.0, the version that is spoken here");
      continue;
    }
    if (Status read = read_field(field, event); !read) return read.error();
  }
  if (const std::string_view type = field_of(headers, "content-type"); !type.empty()) {
    if (Status put = put_attribute(event, kContentTypeAttribute, std::string(type)); !put) return put.error();
  }
  event.data = body;
  return event;
}

Result<CloudEvent> read_binary(std::span<const HeaderField> headers, std::string_view body) {
  if (field_of(headers, "ce-specversion").empty()) return bad_event("the field ce-specversion is missing");
  auto event = read_fields(headers, body);
  if (!event) return event;
  if (Status whole = check_event(*event); !whole) return whole.error();
  return event;
}

EventFields to_binary(const CloudEvent& event) {
  EventFields out;
  out.fields.emplace_back("ce-specversion", "1.0");
  for (const std::string_view name : {"id", "source", "type"}) {
    out.fields.emplace_back("ce-" + std::string(name), encode_field(event.attribute(name)));
  }
  for (const auto& [name, value] : event.attributes) {
    if (name == kContentTypeAttribute) {
      out.fields.emplace_back("content-type", value);
    } else {
      out.fields.emplace_back("ce-" + name, encode_field(value));
    }
  }
  return out;
}

}  // namespace sojourn
