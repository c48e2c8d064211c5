// defaults: fills in what a JSON request leaves out, so that the function behind it need not ask whether a member is
// there. Burns, "Designing Distributed Systems", has this decorator as the example of its chapter on decorators.
//
//   decorators:
//     - {use: defaults, with: {Name: Nameless, Color: Transparent}}
//
// `with` is the object to fill in from. A member that the request has stays, null too; objects are filled in member by
// member. A POST, PUT or PATCH without a body counts as `{}`. What is not JSON, or no object, passes as it is.
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

}  // namespace

sojourn::Response defaults(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  const bool is_empty = request.body().empty() && takes_a_body(request.method());
  const bool has_type = request.header("content-type").has_value();
  if (!wanted || !wanted->is_object() || !(is_json(request) || (is_empty && !has_type))) return next(request);
  if (request.body().empty() && !is_empty) return next(request);
  Json body = is_empty ? Json::object() : request.json<Json>();
  if (!body.is_object()) return next(request);
  fill(body, *wanted);
  return next(sojourn::Request(request).body(body.dump()).header("content-type", "application/json"));
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(defaults)
SOJOURN_WITH(defaults, R"({"type": "object", "minProperties": 1})")

}  // namespace built_in
