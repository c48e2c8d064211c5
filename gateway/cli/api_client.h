// The ApiClient sends requests to a server and hands back what came: the only user of libcurl.
//
// Thread: one. A request blocks until its reply is whole, or until its receiver has had enough.
// Errors: only what kept a reply from coming; a reply of any status is a reply. call() turns those of 400 and more into
//         errors with the server's own words.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/cli/connection.h"
#include "runtime/base/result.h"

namespace sojourn::cli {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // from the server's root, with its query
  Fields headers;
  std::string_view body;                                                 // lives until the reply came
  std::function<void(std::uint64_t sent, std::uint64_t total)> on_sent;  // bytes of the body so far
  std::function<void(std::string_view piece)> on_body;                   // instead of gathering the reply's body
};

struct ApiReply {
  int status = 0;
  Fields headers;  // in order, names as sent
  std::string body;

  std::string_view header(std::string_view name) const;  // the first of that name, in any case, or empty
};

class ApiClient {
 public:
  explicit ApiClient(Connection connection) : connection_(std::move(connection)) {}

  Result<ApiReply> send(const ApiRequest& request) const;
  // The JSON of a reply below 400, or the server's error.
  Result<nlohmann::json> call(const ApiRequest& request) const;
  // Every page of a list: {"items": [all of them], "next": null}.
  Result<nlohmann::json> list(const std::string& path) const;

  const Connection& connection() const { return connection_; }

 private:
  Connection connection_;
};

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string encode(std::string_view text);

// The server's words in a reply of 400 or more, with what to do where this side knows it.
Error reply_error(const ApiReply& reply);

}  // namespace sojourn::cli
