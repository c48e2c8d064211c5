#include "runtime/json/json_text.h"

#include <set>
#include <string>
#include <vector>

namespace sojourn {
namespace {

bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

}  // namespace

Result<nlohmann::json> parse_json_object(std::string_view text) {
  if (is_too_deep(text)) {
    return bad("the JSON is nested deeper than " + std::to_string(kJsonDepthMax) + " levels, the limit");
  }
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> names;  // of each object that is being read
  std::string twice;
  const auto look = [&](int, Event event, nlohmann::json& value) {
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(value.get<std::string>()).second) twice = value.get<std::string>();
    return true;
  };
  auto json = nlohmann::json::parse(text, look, false);
  if (json.is_discarded() || !json.is_object()) return bad("the body has to be a JSON object in UTF-8");
  if (!twice.empty()) return bad("`" + twice.substr(0, 80) + "` stands twice in one object of the JSON");
  return json;
}

}  // namespace sojourn
