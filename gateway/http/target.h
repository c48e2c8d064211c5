// A Target is what a request line asks for, taken apart: the path, decoded once and with its dot segments resolved, and
// the raw query.
//
// Errors: kBadRequest for bytes that have no place in a target, bad escapes, %00, an absolute form whose authority is
//         not the Host, the asterisk outside OPTIONS, and the forms of CONNECT.
// Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

struct Target {
  std::string_view path;   // begins with '/'; "/" for the asterisk
  std::string_view query;  // without '?'
};

// The views point into `target`, or into `decoded` when the path is not the same as its spelling. `host` is the Host
// field, empty when there is none.
Result<Target> parse_target(std::string_view target, std::string_view method, std::string_view host,
                            std::string& decoded);

}  // namespace sojourn
