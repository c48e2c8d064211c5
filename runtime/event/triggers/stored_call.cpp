#include "runtime/event/triggers/stored_call.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSource = "/functions/";

bool stands_as_it_is(char byte) {
  return byte > ' ' && byte < 0x7f && byte != '%' && byte != '"';
}

// Bytes of any kind as ASCII, and back.
std::string escaped(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : bytes) {
    if (stands_as_it_is(byte)) {
      text += byte;
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    text.append({'%', kDigits[value >> 4], kDigits[value & 15]});
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    bytes += is_escape ? static_cast<char>(value) : text[i];
    if (is_escape) i += 2;
  }
  return bytes;
}

std::string headers_text(const StoredCall& call) {
  Json list = Json::array();
  for (const auto& [name, value] : call.headers) list.push_back({name, escaped(value)});
  return list.dump();
}

std::string_view content_type(const StoredCall& call) {
  for (const auto& [name, value] : call.headers) {
    if (name == "content-type") return value;
  }
  return {};
}

std::chrono::milliseconds duration_of(const std::string& text) {
  std::int64_t milliseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  return std::chrono::milliseconds(milliseconds);
}

bool read_headers(std::string_view text, StoredCall& call) {
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_array()) return false;
  for (const Json& pair : list) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) return false;
    call.headers.emplace_back(*pair[0].get_ptr<const std::string*>(),
                              unescaped(*pair[1].get_ptr<const std::string*>()));
  }
  return true;
}

}  // namespace

EventRecord to_record(const StoredCall& call) {
  Json attributes = Json::object();
  const auto put = [&](const char* name, std::string value) {
    if (!value.empty()) attributes[name] = std::move(value);
  };
  put("callmethod", call.method);
  put("callpath", escaped(call.path));
  put("callquery", escaped(call.query));
  put("callremote", call.remote);
  put("calltoken", call.token);
  put("calltimeout", std::to_string(call.timeout.count()) + "ms");
  put("calltook", std::to_string(call.took.count()) + "ms");
  if (call.began > 0) put("callbegan", std::to_string(call.began));
  put("callbackurl", escaped(call.callback));
  put("datacontenttype", escaped(content_type(call)));
  put("traceparent", escaped(call.traceparent));
  put("callheaders", headers_text(call));
  EventRecord record;
  record.source = std::string(kSource) + call.function;
  record.id = call.id;
  record.type = kCallType;
  record.attributes = attributes.dump();
  record.data = call.body;
  return record;
}

Result<StoredCall> to_call(const EventRecord& record) {
  const Json attributes = Json::parse(record.attributes, nullptr, false);
  if (record.type != kCallType || !record.source.starts_with(kSource) || !attributes.is_object()) {
    return Error(ErrorCode::kInternal, "event " + record.id + " of " + record.source + " is no asynchronous call");
  }
  const auto text = [&](const char* name) -> std::string {
    const auto found = attributes.find(name);
    return found != attributes.end() && found->is_string() ? *found->get_ptr<const std::string*>() : std::string();
  };
  StoredCall call;
  call.id = record.id;
  call.function = record.source.substr(kSource.size());
  call.method = text("callmethod");
  call.path = unescaped(text("callpath"));
  call.query = unescaped(text("callquery"));
  call.remote = text("callremote");
  call.token = text("calltoken");
  call.traceparent = unescaped(text("traceparent"));
  call.callback = unescaped(text("callbackurl"));
  call.timeout = duration_of(text("calltimeout"));
  call.took = duration_of(text("calltook"));
  call.began = duration_of(text("callbegan")).count();
  if (!read_headers(text("callheaders"), call)) {
    return Error(ErrorCode::kInternal, "the headers of call " + record.id + " do not read back");
  }
  call.body = record.data;
  return call;
}

EventRecord callback_input(const StoredCall& call, std::chrono::milliseconds took) {
  StoredCall told = call;
  told.headers.clear();
  told.body.clear();
  told.took = took;
  return to_record(told);
}

RunSpec run_of(const StoredCall& call, EpochMs now) {
  RunDefinition definition;
  definition.kind = RunKind::kCall;
  definition.name = call.function;
  definition.number = call.version;
  RunSpec run;
  run.id = call.id;
  run.pipeline = call.function;
  run.definition = definition.to_text();
  run.jobs.push_back({std::string(kCallStep), call_lane(call.function), std::nullopt, now});
  return run;
}

}  // namespace sojourn
