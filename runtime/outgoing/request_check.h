// What is looked at in an OutgoingRequest before libcurl sees it: that its URL is http or https with a host and without
// a user, and that its method and header fields cannot end their line or say how the message is framed.
//
// Thread: any; pure.
// Errors: kBadRequest. The text shows a URL's scheme, host and port only: the rest may hold a secret.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/outgoing/http_client.h"

namespace sojourn {

inline constexpr std::size_t kUrlMax = 8u << 10;           // bytes
inline constexpr std::size_t kRequestHeadMax = 64u << 10;  // bytes of all header fields

struct CheckedUrl {
  std::string origin;       // "https://example.com:8443": how messages name the request
  bool is_literal = false;  // the host is an address: no name is looked up
};
Result<CheckedUrl> check_url(const std::string& url);

Status check_head(const OutgoingRequest& request);

}  // namespace sojourn
