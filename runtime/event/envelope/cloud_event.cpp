#include "runtime/event/envelope/cloud_event.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/rfc3339.h"
#include "runtime/event/envelope/attribute_text.h"

namespace sojourn {
namespace {

// A name or a value as a message shows it.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string out = "`";
  for (const char c : text.substr(0, kShown)) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out + (text.size() > kShown ? "...`" : "`");
}

// What can stand in a Content-Type field and be found there again.
bool is_content_type(std::string_view type) {
  return type.front() != ' ' && type.back() != ' ' &&
         std::all_of(type.begin(), type.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

Status check_value(std::string_view name, std::string_view value) {
  const std::string which = "the attribute " + std::string(name);
  for (const std::string_view never_empty : {"subject", "dataschema", "time", "datacontenttype"}) {
    if (name == never_empty && value.empty()) return bad_event(which + " is empty");
  }
  if (!is_attribute_value(value)) {
    return bad_event(which + " is no text: it holds a control character, a noncharacter or bytes that are no UTF-8");
  }
  if (name == "time" && !parse_rfc3339(value)) {
    return bad_event(which + " is no point in time of RFC 3339, such as 2026-11-22T12:00:00Z");
  }
  if (name == kContentTypeAttribute && !is_content_type(value)) {
    return bad_event(which + " is no media type, such as application/json");
  }
  return {};
}

Status check_name(std::string_view name) {
  if (name == "data" || name == "specversion") {
    return bad_event(shown(name) + " is a name that no attribute of one's own may have");
  }
  if (is_event_attribute_name(name)) return {};
  return bad_event(shown(name) + " is no attribute's name, which has lower-case letters and digits, from 1 to " +
                   std::to_string(kAttributeNameMax));
}

}  // namespace

std::string_view CloudEvent::attribute(std::string_view name) const {
  if (name == "id") return id;
  if (name == "source") return source;
  if (name == "type") return type;
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

bool CloudEvent::has(std::string_view name) const {
  return !attribute(name).empty() || attributes.contains(name);
}

Status put_attribute(CloudEvent& event, std::string_view name, std::string value) {
  if (Status named = check_name(name); !named) return named;
  if (Status valued = check_value(name, value); !valued) return valued;
  if (name == "id") {
    event.id = std::move(value);
  } else if (name == "source") {
    event.source = std::move(value);
  } else if (name == "type") {
    event.type = std::move(value);
  } else {
    event.attributes[std::string(name)] = std::move(value);
  }
  return {};
}

Status check_event(const CloudEvent& event) {
  std::size_t bytes = 0;
  for (const std::string_view name : {"id", "source", "type"}) {
    const std::string_view value = event.attribute(name);
    if (value.empty()) return bad_event("the attribute " + std::string(name) + " is missing or empty");
    if (value.size() > kIdentityMax) {
      return bad_event("the attribute " + std::string(name) + " has " + std::to_string(value.size()) +
                       " bytes, and may have " + std::to_string(kIdentityMax));
    }
    if (Status valued = check_value(name, value); !valued) return valued;
    bytes += name.size() + value.size();
  }
  if (event.attributes.size() > kAttributesMax) {
    return bad_event("it has " + std::to_string(event.attributes.size()) + " attributes beside id, source and type, " +
                     "and may have " + std::to_string(kAttributesMax));
  }
  for (const auto& [name, value] : event.attributes) {
    if (Status named = check_name(name); !named) return named;
    if (Status valued = check_value(name, value); !valued) return valued;
    bytes += name.size() + value.size();
  }
  if (bytes > kAttributesBytesMax) {
    return bad_event("its attributes have " + std::to_string(bytes) + " bytes together, and may have " +
                     std::to_string(kAttributesBytesMax) + "; what is longer belongs into the data");
  }
  return {};
}

bool is_json_media_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  const std::size_t slash = type.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string subtype = lower_case(type.substr(slash + 1));
  return subtype == "json" || subtype.ends_with("+json");
}

}  // namespace sojourn
