#include "runtime/base/call_reference.h"

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

using Kind = CallReference::Kind;

struct Form {
  Kind kind;
  std::string_view text;  // with the colon when a name follows
};
constexpr std::array<Form, 5> kForms = {{{Kind::kHeader, "header:"},
                                         {Kind::kQuery, "query:"},
                                         {Kind::kCookie, "cookie:"},
                                         {Kind::kAddress, "address"},
                                         {Kind::kToken, "token"}}};

bool has_name(const Form& form) {
  return form.text.ends_with(':');
}

// A token of RFC 9110: what a header or a cookie may be called.
bool is_token_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_name_for(Kind kind, std::string_view name) {
  if (name.empty() || name.size() > kReferenceNameMax) return false;
  if (kind == Kind::kQuery)
    return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) > 0x20; });
  return std::ranges::all_of(name, is_token_character);
}

Error refused(std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 80;
  std::string message = "`";
  for (char c : text.substr(0, kShown)) message += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return Error(ErrorCode::kRefused, message.append("` ").append(why));
}

}  // namespace

Result<CallReference> parse_call_reference(std::string_view text) {
  for (const Form& form : kForms) {
    if (!has_name(form)) {
      if (text == form.text) return CallReference{form.kind, {}};
      continue;
    }
    if (!text.starts_with(form.text)) continue;
    CallReference reference{form.kind, std::string(text.substr(form.text.size()))};
    if (!is_name_for(form.kind, reference.name)) {
      return refused(text, "names no value of a call: after `" + std::string(form.text) + "` comes a name of 1 to " +
                               std::to_string(kReferenceNameMax) + " bytes without spaces or separators");
    }
    if (form.kind == Kind::kHeader) std::ranges::transform(reference.name, reference.name.begin(), ascii_lower);
    return reference;
  }
  return refused(text, "names no value of a call: allowed are header:NAME, query:NAME, cookie:NAME, address and token");
}

std::string to_text(const CallReference& reference) {
  return std::string(kForms[static_cast<std::size_t>(reference.kind)].text) + reference.name;
}

}  // namespace sojourn
