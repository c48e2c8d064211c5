// A CloudEvent is what an event handler receives and what emit() sends: CloudEvents 1.0 as a plain value. Over
// HTTP it travels in binary mode: attributes as ce-... header fields, the data as the body.
//
// Rules:   what is empty is not sent; the host fills in an id and a source where they are missing.
// Errors:  Error 400 when a request is no CloudEvent.
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

inline CloudEvent event_from(const Request& request) {
  CloudEvent event;
  for (const Header& header : request.headers()) {
    if (!header.name.starts_with("ce-") || header.name == "ce-specversion") continue;
    set_attribute(event, header.name.substr(3), percent_decode(header.value, Plus::kLiteral));
  }
  if (event.type.empty()) throw Error(400, "this function handles CloudEvents, and the request has no ce-type");
  event.content_type = request.header("content-type").value_or("");
  event.data = request.body();
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
