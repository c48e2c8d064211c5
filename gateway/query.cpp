#include "gateway/query.h"

#include <charconv>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

Error bad(std::string_view name, std::string_view what) {
  return Error(ErrorCode::kBadRequest, "query parameter `" + std::string(name) + "`: " + std::string(what));
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+') {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

Result<Query> Query::parse(std::string_view raw) {
  Query query;
  while (!raw.empty()) {
    const std::size_t end = raw.find('&');
    const std::string_view field = raw.substr(0, end);
    raw = end == std::string_view::npos ? std::string_view() : raw.substr(end + 1);
    if (field.empty()) continue;
    if (query.fields_.size() == kQueryFieldsMax) {
      return Error(ErrorCode::kBadRequest, "the query has more than " + std::to_string(kQueryFieldsMax) + " fields");
    }
    const std::size_t equals = field.find('=');
    auto name = percent_decoded(field.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::string() : percent_decoded(field.substr(equals + 1));
    if (!name || !value)
      return Error(ErrorCode::kBadRequest, "the query has a bad escape in `" + std::string(field) + "`");
    query.fields_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<bool> Query::flag(std::string_view name) const {
  const auto value = find(name);
  if (!value || *value == "false" || *value == "0") return false;
  if (value->empty() || *value == "true" || *value == "1") return true;
  return bad(name, "has to be true or false");
}

Result<int> Query::number(std::string_view name, int otherwise, int least, int most) const {
  const auto value = find(name);
  if (!value) return otherwise;
  int number = 0;
  const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (failure != std::errc() || end != value->data() + value->size() || number < least || number > most) {
    return bad(name, "has to be a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

}  // namespace sojourn
