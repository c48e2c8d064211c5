// Credentials are what a request proves about who sends it: nobody, an unknown token, or a token of this server.
//
// Thread: a value of one loop. `token` points into the table that `of` was given, which has to live as long.
#pragma once

#include <string_view>

#include "gateway/recent_tokens.h"
#include "gateway/tokens.h"
#include "runtime/base/result.h"

namespace sojourn {

struct Credentials {
  const Token* token = nullptr;  // known to this server
  bool presented = false;        // there was an Authorization of the Bearer kind, known or not

  // Reads the value of an Authorization header, or an empty one.
  static Credentials of(std::string_view authorization, const TokenTable& tokens, RecentTokens& recent);

  // Ok, or kUnauthorized, or kForbidden with the scope that is missing. An empty function means the whole server.
  Status may(Verb verb, std::string_view function) const;
};

}  // namespace sojourn
