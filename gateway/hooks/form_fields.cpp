#include "gateway/hooks/form_fields.h"

#include <algorithm>
#include <optional>

#include "gateway/signatures/shown_secret.h"
#include "runtime/base/ascii.h"
#include "runtime/base/utf8.h"

namespace sojourn {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(plain)) return std::nullopt;
  return plain;
}

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

}  // namespace

Result<FormFields> read_form(std::string_view body) {
  FormFields fields;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (fields.size() == kFormFieldsMax) {
      return bad("the form has more than " + std::to_string(kFormFieldsMax) + " fields, the limit");
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return bad("the body is no form: a field of it is not percent-encoded UTF-8");
    if (!fields.emplace(std::move(*name), std::move(*value)).second) return bad("the form has a field twice");
  }
  return fields;
}

bool is_form(std::span<const HeaderField> headers) {
  std::string_view type = only_field(headers, "content-type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return equals_ignoring_case(type, kFormType);
}

}  // namespace sojourn
