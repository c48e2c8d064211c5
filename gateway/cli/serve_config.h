// The file that `serve --config` reads: the command's own options as a YAML 1.2 or JSON mapping, for a server that is
// started by something other than a person.
//
//   listen: 127.0.0.1:8080     workers: 2        data: /var/lib/sojourn    apply: sojourn.yaml
//   dev: false                 behindProxy: true  allowReduced: false      logLevel: info
//   allowPrivate: false        files: [/srv/inbox]
//
// Thread: one.
// Errors: kBadRequest, every mistake as `FILE:LINE:COLUMN: key: what`.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gateway/supervisor/supervisor.h"
#include "runtime/base/result.h"

namespace sojourn::cli {

// Lays the file's settings over `options`, but for those keys that are `given` on the command line, which go first.
// Relative paths in it are relative to the file's directory.
Status read_serve_config(const std::string& file, const std::set<std::string, std::less<>>& given,
                         ServeOptions& options);

}  // namespace sojourn::cli
