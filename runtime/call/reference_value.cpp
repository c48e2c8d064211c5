#include "runtime/call/reference_value.h"

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

using Value = std::optional<std::string_view>;

// Cuts the part in front of the separator off `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As forms write it: `+` is a space. A broken escape stands for itself.
void decode(std::string_view text, std::string& into) {
  into.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit_value(text[i + 1]) : -1;
    const int low = high >= 0 ? digit_value(text[i + 2]) : -1;
    if (low >= 0) {
      into += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      into += text[i] == '+' ? ' ' : text[i];
    }
  }
}

std::string_view plain(std::string_view text, std::string& decoded) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  decode(text, decoded);
  return decoded;
}

Value header(const RequestView& request, std::string_view name) {
  for (const HeaderField& field : request.headers) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

Value query(std::string_view rest, std::string_view name, std::string& decoded) {
  while (!rest.empty()) {
    std::string_view value = next_part(rest, '&');
    const std::string_view key = next_part(value, '=');
    if (plain(key, decoded) == name) return plain(value, decoded);
  }
  return std::nullopt;
}

Value cookie(const RequestView& request, std::string_view name) {
  for (const HeaderField& field : request.headers) {
    if (field.name != "cookie") continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      std::string_view value = next_part(rest, ';');
      if (trimmed(next_part(value, '=')) != name) continue;
      value = trimmed(value);
      const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
      return quoted ? value.substr(1, value.size() - 2) : value;
    }
  }
  return std::nullopt;
}

Value unless_empty(std::string_view text) {
  return text.empty() ? Value() : Value(text);
}

}  // namespace

Value value_of(const CallReference& reference, const RequestView& request, std::string& decoded) {
  switch (reference.kind) {
    case CallReference::Kind::kHeader:
      return header(request, reference.name);
    case CallReference::Kind::kQuery:
      return query(request.query, reference.name, decoded);
    case CallReference::Kind::kCookie:
      return cookie(request, reference.name);
    case CallReference::Kind::kAddress:
      return unless_empty(request.remote);
    case CallReference::Kind::kToken:
      return unless_empty(request.token);
  }
  return std::nullopt;
}

}  // namespace sojourn
