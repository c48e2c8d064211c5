#include "runtime/sandbox/host/nested_parser.h"

#include <algorithm>
#include <string>

#include <sojourn/abi.h>

#include "runtime/base/ascii.h"
#include "runtime/base/hop_by_hop.h"
#include "runtime/base/utf8.h"
#include "runtime/sandbox/host/field_check.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

constexpr std::size_t kMethodMax = 32;  // bytes

bool is_token(std::string_view text) {
  std::string copy(text);
  return lower_case_token(copy.data(), copy.size());
}

// In a decoded path every byte may stand but those that end a line or a text.
bool is_path(std::string_view path) {
  constexpr std::string_view kEnds("\r\n\0", 3);
  return path.starts_with('/') && path.find_first_of(kEnds) == std::string_view::npos;
}

bool is_query(std::string_view query) {
  return plain_value(query) && query.find_first_of(" #") == std::string_view::npos;
}

// A Content-Length stays while it is right: a decorator that gave the request another body need not think of it.
bool is_left_out(std::string_view name, std::string_view value, std::uint64_t body_size) {
  return is_hop_by_hop(name) || (name == "content-length" && trimmed(value) != std::to_string(body_size));
}

bool well_formed(const NestedAsk& ask, NestedKind kind, NestedBody body) {
  if ((kind == NestedKind::kNext) != ask.function.empty()) return false;
  return body == NestedBody::kFollows ? ask.body.empty() : ask.body.size() == ask.body_size;
}

bool is_attribute_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kEmittedNameMax && std::all_of(name.begin(), name.end(), allowed);
}

bool is_attribute_value(std::string_view value) {
  return plain_value(value) && value.find('\t') == std::string_view::npos && is_utf8(value);
}

bool is_set_by_platform(std::string_view name) {
  return name == "source" || name == "specversion" || name == "causationid" || name == "sojournhops";
}

bool has_field(const std::vector<HeaderField>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const HeaderField& field) { return field.name == name; });
}

}  // namespace

AskFault parse_nested(std::span<char> payload, NestedKind kind, NestedBody body, std::vector<HeaderField>& fields,
                      NestedAsk& out) {
  fields.clear();
  PayloadReader in({payload.data(), payload.size()});
  const auto head = in.fixed<NestedHead>();
  out.function = in.text();
  out.method = in.text();
  out.path = in.text();
  out.query = in.text();
  if (!in.ok() || head.header_count > kHeadersMax) return AskFault::kMalformed;
  bool allowed = out.method.size() <= kMethodMax && is_token(out.method) && is_path(out.path) && is_query(out.query) &&
                 plain_value(out.function);
  for (std::uint32_t i = 0; i < head.header_count; ++i) {
    const std::string_view name = in.text();
    const std::string_view value = in.text();
    if (!in.ok()) return AskFault::kMalformed;
    // The payload is the gateway's own memory, so its bytes may be changed in place.
    allowed =
        allowed && lower_case_token(payload.data() + (name.data() - payload.data()), name.size()) && plain_value(value);
    if (allowed && !is_left_out(name, value, head.body_size)) fields.push_back({name, trimmed(value)});
  }
  out.headers = fields;
  out.body = in.rest();
  out.body_size = head.body_size;
  if (!well_formed(out, kind, body)) return AskFault::kMalformed;
  return allowed ? AskFault::kNone : AskFault::kRefused;
}

AskFault parse_state(std::span<char> payload, StateAsk& out) {
  PayloadReader in({payload.data(), payload.size()});
  const auto head = in.fixed<StateHead>();
  out.key = in.text();
  out.value = in.text();
  if (!in.at_end()) return AskFault::kMalformed;
  out.operation = head.operation;
  out.ttl_ms = head.ttl_ms;
  out.revision = head.revision;
  const bool known = head.operation >= SJ_STATE_GET && head.operation <= SJ_STATE_REMOVE;
  return known && head.ttl_ms >= 0 && !out.key.empty() ? AskFault::kNone : AskFault::kRefused;
}

AskFault parse_emit(std::span<char> payload, NestedBody data, std::vector<HeaderField>& fields, EmitAsk& out) {
  fields.clear();
  PayloadReader in({payload.data(), payload.size()});
  const auto head = in.fixed<EmitHead>();
  out.queue = in.text();
  if (!in.ok()) return AskFault::kMalformed;
  bool allowed = head.attribute_count <= kEmittedAttributesMax && is_attribute_value(out.queue);
  bool has_type = false;
  for (std::uint32_t i = 0; i < head.attribute_count; ++i) {
    const std::string_view name = in.text();
    const std::string_view value = in.text();
    if (!in.ok()) return AskFault::kMalformed;
    allowed = allowed && is_attribute_name(name) && is_attribute_value(value) && !has_field(fields, name);
    has_type = has_type || (name == "type" && !value.empty());
    if (allowed && !is_set_by_platform(name)) fields.push_back({name, value});
  }
  out.attributes = fields;
  out.data = in.rest();
  out.data_size = head.data_size;
  const bool follows = data == NestedBody::kFollows;
  if (follows ? !out.data.empty() : out.data.size() != out.data_size) return AskFault::kMalformed;
  return allowed && has_type ? AskFault::kNone : AskFault::kRefused;
}

AskFault parse_lease(std::span<char> payload, LeaseAsk& out) {
  PayloadReader in({payload.data(), payload.size()});
  out.ttl_ms = in.fixed<LeaseHead>().ttl_ms;
  out.name = in.text();
  if (!in.at_end()) return AskFault::kMalformed;
  return out.ttl_ms > 0 && !out.name.empty() ? AskFault::kNone : AskFault::kRefused;
}

}  // namespace sojourn
