#include "runtime/event/triggers/event_values.h"

#include <cmath>

#include "runtime/json/json_pointer.h"
#include "runtime/json/json_text.h"

namespace sojourn {
namespace {

using nlohmann::json;

json parse_data(const CloudEvent& event) {
  const std::string_view type = event.attribute("datacontenttype");
  if (type.empty() || is_json_media_type(type)) {
    if (auto data = parse_json(event.data, kEventDepthMax); data.ok()) return std::move(*data);
  }
  return json(json::value_t::discarded);
}

// 1.0 and 1e0 as 1, in whatever depth.
void unify_numbers(json& value) {
  constexpr double kExactMax = 9007199254740992.0;  // 2^53
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= kExactMax) value = static_cast<std::int64_t>(number);
  } else if (value.is_structured()) {
    for (json& part : value) unify_numbers(part);
  }
}

}  // namespace

std::optional<std::string_view> EventValues::attribute(std::string_view name) const {
  if (name == "specversion") return "1.0";
  if (!event_.has(name)) return std::nullopt;
  return event_.attribute(name);
}

const json* EventValues::data(std::string_view pointer) {
  if (!data_) data_.emplace(parse_data(event_));
  return data_->is_discarded() ? nullptr : json_at(*data_, pointer);
}

std::optional<std::string> EventValues::text(std::string_view reference) {
  if (!is_data_reference(reference)) {
    const auto value = attribute(reference);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  const json* const value = data(reference);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  json unified = *value;
  unify_numbers(unified);
  return unified.dump();
}

}  // namespace sojourn
