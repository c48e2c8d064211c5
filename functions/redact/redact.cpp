// redact: blacks out members of JSON bodies, and takes header fields away, before anybody outside sees them.
//
//   decorators:
//     - {use: redact, with: {response: [/card/number, /users/*/password], headers: [x-internal-id]}}
//
// `request` and `response` are lists of JSON Pointers, where the segment `*` stands for every member or item; a value
// found there becomes the text `replacement` ("[redacted]"). `headers` are taken out of the reply. What is not JSON
// passes as it is. A reply that cannot be looked into, because it is a stream or only says that it is JSON, does not
// get out: 502.
#include <nlohmann/json.hpp>
#include <span>

#include <sojourn/function.h>

#include "functions/json_body.h"

namespace built_in {
namespace {

using Paths = std::vector<std::vector<std::string>>;

struct Configuration {
  Paths request;
  Paths response;
  std::vector<std::string> headers;
  std::string replacement = "[redacted]";
};

Configuration configuration;  // once per instance

Paths paths_of(const Json& with, const char* key) {
  Paths paths;
  if (!with.contains(key)) return paths;
  for (const Json& pointer : with[key]) {
    auto segments = pointer_segments(pointer.get<std::string>());
    if (!segments || segments->empty()) {
      throw sojourn::Error(422, std::string(key) + ": `" + pointer.get<std::string>() +
                                    "` is no JSON Pointer to a member, such as /card/number");
    }
    paths.push_back(std::move(*segments));
  }
  return paths;
}

void read_configuration(sojourn::StartContext& context) {
  const auto with = context.with<Json>();
  configuration = {};
  if (!with.is_object()) return;
  configuration.request = paths_of(with, "request");
  configuration.response = paths_of(with, "response");
  if (with.contains("headers")) configuration.headers = with["headers"].get<std::vector<std::string>>();
  if (with.contains("replacement")) configuration.replacement = with["replacement"].get<std::string>();
}

// Recursion ends with the path, which has at most as many segments as a JSON text has levels.
void black_out(Json& value, std::span<const std::string> path) {
  if (path.empty()) {
    value = configuration.replacement;
  } else if (path.front() == "*" && value.is_structured()) {
    for (Json& item : value) black_out(item, path.subspan(1));
  } else if (value.is_object() && value.contains(path.front())) {
    black_out(value[path.front()], path.subspan(1));
  } else if (value.is_array()) {
    const std::string& digits = path.front();
    const bool is_index =
        !digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (is_index && std::stoul(digits) < value.size()) black_out(value[std::stoul(digits)], path.subspan(1));
  }
}

std::string blacked_out(Json body, const Paths& paths) {
  for (const auto& path : paths) black_out(body, path);
  return body.dump();
}

}  // namespace

sojourn::Response redact(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  const bool change = !configuration.request.empty() && is_json(request) && !request.body().empty();
  sojourn::Response reply =
      change ? next(sojourn::Request(request).body(blacked_out(request.json<Json>(), configuration.request)))
             : next(request);
  for (const std::string& name : configuration.headers) reply.drop_header(name);
  if (configuration.response.empty() || !is_json(reply)) return reply;
  if (reply.streamed()) throw sojourn::Error(502, "redact: the reply is a stream of JSON, which cannot be looked into");
  if (reply.body().empty()) return reply;
  Json body = parse_or_discard(reply.body());
  if (body.is_discarded()) {
    throw sojourn::Error(502, "redact: the reply says that it is JSON and cannot be read as such");
  }
  reply.body(blacked_out(std::move(body), configuration.response));
  return reply;
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(redact)
SOJOURN_WITH(redact, R"({"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
  "request": {"$ref": "#/$defs/names"},
  "response": {"$ref": "#/$defs/names"},
  "headers": {"$ref": "#/$defs/names"},
  "replacement": {"type": "string"}},
  "$defs": {"names": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}}})")

}  // namespace built_in
