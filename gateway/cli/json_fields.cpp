#include "gateway/cli/json_fields.h"

namespace sojourn::cli {
namespace {

using nlohmann::json;

const json kNull;

}  // namespace

const json& member(const json& object, std::string_view name) {
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(name));
  return found == object.end() ? kNull : *found;
}

std::string text(const json& value) {
  if (value.is_null() || value.is_discarded()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string text(const json& object, std::string_view name) {
  return text(member(object, name));
}

std::int64_t number(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

bool is_true(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

json& items(json& page) {
  static json none;
  none = json::array();
  if (!page.is_object()) return none;
  const auto found = page.find("items");
  return found == page.end() || !found->is_array() ? none : *found;
}

const json& items(const json& page) {
  static const json kNone = json::array();
  const json& found = member(page, "items");
  return found.is_array() ? found : kNone;
}

std::string joined(const json& array) {
  std::string result;
  if (!array.is_array()) return result;
  for (const json& element : array) result += (result.empty() ? "" : ", ") + text(element);
  return result;
}

}  // namespace sojourn::cli
