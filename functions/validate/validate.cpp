// validate: lets only those JSON requests through that fit a schema; every other one is answered with 422 and all its
// mistakes, each by its JSON Pointer, in the form of RFC 9457 (application/problem+json).
//
//   decorators:
//     - use: validate
//       with:
//         schema: {type: object, required: [name], properties: {name: {type: string, maxLength: 100}}}
//
// `schema` is what <sojourn/schema.h> understands of JSON Schema; a default in it is filled in. `status` is the status
// of the refusal (422). `methods` are those whose body is looked at ([POST, PUT, PATCH]); others pass as they are.
#include <algorithm>
#include <nlohmann/json.hpp>

#include <sojourn/function.h>
#include <sojourn/schema.h>

#include "functions/json_body.h"

namespace built_in {
namespace {

struct Configuration {
  Json schema = Json::object();
  int status = 422;
  std::vector<std::string> methods = {"POST", "PUT", "PATCH"};
};

Configuration configuration;  // once per instance

void read_configuration(sojourn::StartContext& context) {
  const auto with = context.with<Json>();
  configuration = {};
  if (!with.is_object()) return;
  configuration.schema = with.value("schema", configuration.schema);
  configuration.status = with.value("status", configuration.status);
  configuration.methods = with.value("methods", configuration.methods);
  if (const auto fault = sojourn::schema_fault(configuration.schema)) {
    throw sojourn::Error(422, "schema: `" + fault->pointer + "` " + fault->text);
  }
}

bool is_looked_at(std::string_view method) {
  return std::find(configuration.methods.begin(), configuration.methods.end(), method) != configuration.methods.end();
}

sojourn::Response refusal(const std::vector<sojourn::SchemaFault>& faults) {
  Json errors = Json::array();
  for (const auto& fault : faults) errors.push_back({{"pointer", fault.pointer}, {"detail", fault.text}});
  const Json problem = {{"type", "about:blank"},
                        {"title", "The request does not fit its schema"},
                        {"status", configuration.status},
                        {"errors", std::move(errors)}};
  return sojourn::Response::bytes(problem.dump(), "application/problem+json").status(configuration.status);
}

}  // namespace

sojourn::Response validate(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  if (!is_looked_at(request.method())) return next(request);
  Json body = request.json<Json>();
  const Json before = body;
  const auto faults = sojourn::check_against(configuration.schema, body);
  if (!faults.empty()) return refusal(faults);
  if (body == before) return next(request);
  return next(sojourn::Request(request).body(body.dump()));
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(validate)
SOJOURN_WITH(validate, R"({"type": "object", "required": ["schema"], "additionalProperties": false, "properties": {
  "schema": {"type": "object"},
  "status": {"type": "integer", "minimum": 400, "maximum": 499},
  "methods": {"type": "array", "minItems": 1, "items": {"type": "string"}}}})")

}  // namespace built_in
