// A CloudEvent is what an event handler receives and what emit() sends: CloudEvents 1.0 as a plain value. Over
// HTTP it travels in binary mode: attributes as ce-... header fields, the data as the body. A handler also takes it in
// structured mode: the whole event as JSON.
//
// Rules:   what is empty is not sent. The host fills in an id and a time where they are missing, and sets the source.
// Errors:  Error 400 when a request is no CloudEvent, or is a batch of them.
// Thread:  a value; one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/error.h>
#include <sojourn/json.h>
#include <sojourn/percent.h>
#include <sojourn/request.h>
#include <sojourn/response.h>
#include <sojourn/structured_event.h>

namespace sojourn {
inline namespace v1 {

struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  std::string subject;
  std::string time;  // RFC 3339
  std::string content_type;
  std::string data;
  std::vector<std::pair<std::string, std::string>> extensions;  // every other attribute

  // The data as JSON: Error 400 when it is none. Needs <nlohmann/json.hpp>.
  template <class Json = detail::DefaultJson>
  Json json() const {
    return detail::parse_json<Json>(data, "the event's data");
  }
};

namespace detail {

// Where an attribute of that name is kept, or null for an extension.
inline std::string* event_part(CloudEvent& event, std::string_view name) noexcept {
  if (name == "id") return &event.id;
  if (name == "source") return &event.source;
  if (name == "type") return &event.type;
  if (name == "subject") return &event.subject;
  if (name == "time") return &event.time;
  if (name == "datacontenttype") return &event.content_type;
  return nullptr;
}

inline void set_attribute(CloudEvent& event, std::string_view name, std::string value) {
  if (std::string* part = event_part(event, name)) {
    *part = std::move(value);
  } else {
    event.extensions.emplace_back(name, std::move(value));
  }
}

// Calls visit(name, value) for each attribute that has a value, specversion and datacontenttype left out.
template <class Visit>
void each_attribute(const CloudEvent& event, Visit visit) {
  if (!event.id.empty()) visit("id", event.id);
  if (!event.source.empty()) visit("source", event.source);
  if (!event.type.empty()) visit("type", event.type);
  if (!event.subject.empty()) visit("subject", event.subject);
  if (!event.time.empty()) visit("time", event.time);
  for (const auto& [name, value] : event.extensions) visit(name.c_str(), value);
}

// An attribute as a header field has it: percent-encoded, perhaps as a quoted string.
inline std::string attribute_of_header(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return percent_decode(value, Plus::kLiteral);
  std::string unquoted;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    unquoted.push_back(value[i]);
  }
  return percent_decode(unquoted, Plus::kLiteral);
}

inline void check_specversion(std::string_view version) {
  if (version != "1.0") throw Error(400, "the event's specversion is not 1.0, which is all that this function reads");
}

// Binary mode. An event without a type is none.
inline CloudEvent binary_event(const std::vector<Header>& headers, std::string_view content_type,
                               std::string_view body) {
  CloudEvent event;
  for (const Header& header : headers) {
    if (!header.name.starts_with("ce-")) continue;
    std::string value = attribute_of_header(header.value);
    if (header.name == "ce-specversion") {
      check_specversion(value);
    } else if (header.name != "ce-datacontenttype") {
      set_attribute(event, header.name.substr(3), std::move(value));
    }
  }
  event.content_type = content_type;
  event.data = body;
  return event;
}

// Structured mode. Data that is JSON stays JSON text.
inline CloudEvent structured_event(std::string_view text) {
  CloudEvent event;
  StructuredEvent parts(text);
  for (auto& [name, value] : parts.attributes) {
    if (name == "specversion") {
      check_specversion(value);
    } else {
      set_attribute(event, name, std::move(value));
    }
  }
  event.data = parts.take_data(event.content_type);
  if (event.content_type.empty() && parts.data_is_json()) event.content_type = "application/json";
  return event;
}

inline CloudEvent event_from(const Request& request) {
  const std::string content_type = request.header("content-type").value_or("");
  const std::string_view media = media_type(content_type);
  if (same_name(media, "application/cloudevents-batch+json")) {
    throw Error(400, "this function handles one CloudEvent at a time, and the request has a batch");
  }
  if (same_name(media, "application/cloudevents+json")) {
    CloudEvent event = structured_event(request.body());
    if (event.type.empty()) throw Error(400, "the event has no type");
    return event;
  }
  CloudEvent event = binary_event(request.headers(), content_type, request.body());
  if (event.type.empty()) throw Error(400, "this function handles CloudEvents, and the request has no ce-type");
  return event;
}

// The encoding the HTTP binding asks for: everything outside printable ASCII, and '"' and '%', as escapes.
inline std::string attribute_as_header(std::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%') {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

// The request by which an event is brought to a handler.
inline Request request_of(const CloudEvent& event) {
  Request request = Request::post("/", event.data, event.content_type);
  if (event.content_type.empty()) request.drop_header("content-type");
  request.header("ce-specversion", "1.0");
  each_attribute(event, [&](const char* name, const std::string& value) {
    request.header("ce-" + std::string(name), attribute_as_header(value));
  });
  return request;
}

inline Response reply_of(const CloudEvent& event) {
  Response reply;
  reply.body(event.data).header("ce-specversion", "1.0");
  if (!event.content_type.empty()) reply.header("content-type", event.content_type);
  each_attribute(event, [&](const char* name, const std::string& value) {
    reply.header("ce-" + std::string(name), attribute_as_header(value));
  });
  return reply;
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
