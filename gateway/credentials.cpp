#include "gateway/credentials.h"

#include <algorithm>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::string_view kScheme = "bearer ";

bool begins_with_scheme(std::string_view authorization) {
  return equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
}

}  // namespace

Credentials Credentials::of(std::string_view authorization, const TokenTable& tokens, RecentTokens& recent) {
  if (!begins_with_scheme(authorization)) return {};
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return {recent.find(authorization, tokens), true};
}

Status Credentials::may(Verb verb, std::string_view function) const {
  if (token == nullptr) {
    return Error(ErrorCode::kUnauthorized, presented ? "this token is not known here, or was revoked"
                                                     : "this needs a token: send `Authorization: Bearer TOKEN`");
  }
  if (token->allows(verb, function)) return {};
  std::string text = "token `" + token->name + "` lacks the scope `" + std::string(name(verb)) + "`";
  if (!function.empty()) text += " for `" + std::string(function) + "`";
  return Error(ErrorCode::kForbidden, std::move(text));
}

}  // namespace sojourn
