// defaults: fills in what a JSON request leaves out, so that the function behind it need not ask whether a member is
// there. Burns, "Designing Distributed Systems", has this decorator as the example of its chapter on decorators.
//
//   decorators:
//     - {use: defaults, with: {Name: Nameless, Color: Transparent}}
//
// `with` is the object to fill in from. A member that the request has stays, null too; objects are filled in member by
// member. A POST, PUT or PATCH without a body counts as `{}`. What is no JSON object passes as it is.
#include <nlohmann/json.hpp>
#include <optional>

#include <sojourn/function.h>

#include "functions/json_body.h"

namespace built_in {
namespace {

std::optional<Json> wanted;  // once per instance

void read_configuration(sojourn::StartContext& context) {
  wanted = context.with<Json>();
}

void fill(Json& into, const Json& from) {
  for (const auto& [name, value] : from.items()) {
    const auto found = into.find(name);
    if (found == into.end()) {
      into[name] = value;
    } else if (found->is_object() && value.is_object()) {
      fill(*found, value);
    }
  }
}

bool takes_a_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// The object that the request sends, nothing when it sends something else. What says that it is JSON has to be JSON;
// what looks like an object is taken for one whatever it says, since `curl -d` calls everything a form.
std::optional<Json> object_in(const sojourn::Request& request) {
  const std::string_view text = request.body();
  if (text.empty()) {
    const bool means_object = takes_a_body(request.method()) && (is_json(request) || !request.header("content-type"));
    return means_object ? std::optional(Json::object()) : std::nullopt;
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool looks_like_one = first != std::string_view::npos && text[first] == '{';
  if (!is_json(request) && !looks_like_one) return std::nullopt;
  Json body = is_json(request) ? request.json<Json>() : parse_or_discard(text);
  return body.is_object() ? std::optional(std::move(body)) : std::nullopt;
}

}  // namespace

sojourn::Response defaults(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  auto body = object_in(request);
  if (!body) return next(request);
  if (wanted && wanted->is_object()) fill(*body, *wanted);
  return next(sojourn::Request(request).body(body->dump()).header("content-type", "application/json"));
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(defaults)
SOJOURN_WITH(defaults, R"({"type": "object", "minProperties": 1})")

}  // namespace built_in
