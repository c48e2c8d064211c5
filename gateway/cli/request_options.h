// The options that describe one HTTP request to a function, as `invoke` and `run` share them (curl's letters).
//
// Thread: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/cli/api_client.h"
#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace sojourn::cli {

struct RequestOptions {
  std::string method;                // empty: GET, or POST with a body
  std::string data;                  // the body, `@FILE`, or `@-` for standard input
  std::vector<std::string> headers;  // "Name: value"
  std::string path = "/";            // after the function's name; may hold a query
  std::string query;                 // more of it
};

// One request, with what the options only pointed at.
struct FunctionRequest {
  std::string method;
  std::string path;   // begins with '/', as typed
  std::string query;  // raw, without '?'
  Fields headers;
  std::string body;
};

std::shared_ptr<RequestOptions> add_request_options(CLI::App& command);

// Reads the body where it is a file. kBadRequest for a header that is none.
Result<FunctionRequest> read_request(const RequestOptions& options);

}  // namespace sojourn::cli
