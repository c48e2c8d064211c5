// A CallReference names a value of a call: what a limit counts by, what a choice sticks to. As text it is
//
//   header:NAME   a request header, in any case
//   query:NAME    the first query parameter of that name
//   cookie:NAME   a cookie
//   address       the client's address
//   token         the name of the token that the client showed
//
// Thread: a value; any thread.
// Errors: kRefused with a text that says what is allowed.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kReferenceNameMax = 128;  // bytes of NAME

struct CallReference {
  enum class Kind { kHeader, kQuery, kCookie, kAddress, kToken };

  Kind kind = Kind::kAddress;
  std::string name;  // of a header in lower case; empty for address and token

  bool operator==(const CallReference&) const = default;
};

Result<CallReference> parse_call_reference(std::string_view text);
std::string to_text(const CallReference& reference);

}  // namespace sojourn
