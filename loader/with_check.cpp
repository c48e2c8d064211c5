#include "loader/with_check.h"

#include <nlohmann/json.hpp>

#include <sojourn/schema.h>

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

// "/list/0/key" as "list.0.key".
std::string dotted(std::string_view pointer) {
  std::string path(pointer.substr(pointer.empty() ? 0 : 1));
  for (char& c : path) c = c == '/' ? '.' : c;
  return path;
}

}  // namespace

Result<std::string> fit_with(std::string_view schema_text, std::string_view with) {
  if (schema_text.empty()) return std::string(with);
  const auto schema = nlohmann::json::parse(schema_text, nullptr, false);
  if (schema.is_discarded()) return refused("the decorator's own schema is not JSON");
  if (const auto fault = schema_fault(schema)) {
    return refused("the decorator's own schema is wrong at `" + fault->pointer + "`: " + fault->text);
  }
  auto value = with.empty() ? nlohmann::json::object() : nlohmann::json::parse(with, nullptr, false);
  if (value.is_discarded()) return refused("is not JSON");
  const auto faults = check_against(schema, value);
  if (faults.empty()) return value.dump();
  const std::string path = dotted(faults.front().pointer);
  return refused((path.empty() ? "" : path + ": ") + faults.front().text);
}

}  // namespace sojourn
