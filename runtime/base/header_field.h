// One HTTP header field as two views: into a request's head buffer or a reply frame. Owns nothing.
#pragma once

#include <string_view>

namespace sojourn {

struct HeaderField {
  std::string_view name;   // lower-case
  std::string_view value;  // without surrounding white space
};

}  // namespace sojourn
