#include "runtime/json/json_text.h"

#include <algorithm>
#include <set>
#include <string>

namespace sojourn {
namespace {

using nlohmann::json;

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

// What a look at a text tells that nobody has parsed yet.
struct Outline {
  int depth = 0;
  std::size_t members = 0;  // of all objects, if the text is JSON
};

Outline outline_of(std::string_view text) {
  Outline seen;
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
      seen.depth = std::max(seen.depth, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ':') {
      ++seen.members;
    }
  }
  return seen;
}

std::size_t members_in(const json& value) {
  std::size_t members = value.is_object() ? value.size() : 0;
  if (value.is_structured()) {
    for (const json& part : value) members += members_in(part);
  }
  return members;
}

// REQUIRES: some name does.
std::string name_that_stands_twice(std::string_view text) {
  using Event = json::parse_event_t;
  std::vector<std::set<std::string>> names;  // of each object that is being read
  std::string twice;
  const auto look = [&](int, Event event, json& value) {
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(value.get<std::string>()).second) twice = value.get<std::string>();
    return true;
  };
  const json read = json::parse(text, look, false);
  return read.is_discarded() ? std::string() : twice;
}

// Goes over a text that is known to be JSON.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  // Past white space, and one of these characters if it stands there.
  bool pass(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view value() {
    skip_space();
    const std::size_t begin = at_;
    int depth = 0;
    do {
      if (text_[at_] == '"') {
        skip_string();
      } else if (is_one_of("{[")) {
        ++depth, ++at_;
      } else if (is_one_of("}]")) {
        --depth, ++at_;
      } else if (is_one_of(" \t\r\n,:")) {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(" \t\r\n,:{}[]", at_), text_.size());
      }
    } while (depth > 0 && at_ < text_.size());
    return text_.substr(begin, at_ - begin);
  }

 private:
  bool is_one_of(std::string_view characters) const { return characters.find(text_[at_]) != std::string_view::npos; }
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_name(std::string_view quoted, std::string_view name) {
  if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2) == name;
  return json::parse(quoted, nullptr, false) == name;
}

}  // namespace

Result<json> parse_json(std::string_view text, int depth_max) {
  const Outline outline = outline_of(text);
  if (outline.depth > depth_max) {
    return bad("the JSON is nested deeper than " + std::to_string(depth_max) + " levels, the limit");
  }
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return bad("it is no JSON in UTF-8");
  // Of members with one name the parser has kept one.
  if (members_in(value) != outline.members) {
    return bad("`" + name_that_stands_twice(text).substr(0, 80) + "` stands twice in one object of the JSON");
  }
  return value;
}

Result<json> parse_json_object(std::string_view text) {
  auto value = parse_json(text);
  if (!value) return value.error().at("the body");
  if (!value->is_object()) return bad("the body has to be a JSON object");
  return value;
}

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) {
  Walk walk(object);
  walk.pass('{');
  while (!walk.pass('}')) {
    const std::string_view quoted = walk.value();
    walk.pass(':');
    const std::string_view value = walk.value();
    if (is_name(quoted, name)) return value;
    walk.pass(',');
  }
  return std::nullopt;
}

std::vector<std::string_view> element_texts(std::string_view array) {
  std::vector<std::string_view> elements;
  Walk walk(array);
  walk.pass('[');
  while (!walk.pass(']')) {
    elements.push_back(walk.value());
    walk.pass(',');
  }
  return elements;
}

}  // namespace sojourn
