#include "runtime/json/json_pointer.h"

#include <charconv>
#include <optional>
#include <string>

namespace sojourn {
namespace {

// Nothing: a tilde without 0 or 1 behind it.
std::optional<std::string> unescaped(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      name += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    name += token[i] == '0' ? '~' : '/';
  }
  return name;
}

const nlohmann::json* element_at(const nlohmann::json& array, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool has_leading_zero = token.size() > 1 && token.front() == '0';
  if (error != std::errc() || end != token.data() + token.size() || has_leading_zero) return nullptr;
  return index < array.size() ? &array[index] : nullptr;
}

}  // namespace

const nlohmann::json* json_at(const nlohmann::json& root, std::string_view pointer) {
  const nlohmann::json* value = &root;
  while (!pointer.empty() && value != nullptr) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (value->is_array()) {
      value = element_at(*value, token);
      continue;
    }
    const auto name = unescaped(token);
    if (!value->is_object() || !name) return nullptr;
    const auto found = value->find(*name);
    value = found == value->end() ? nullptr : &*found;
  }
  return value;
}

}  // namespace sojourn
