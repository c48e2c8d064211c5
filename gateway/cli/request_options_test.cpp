#include "gateway/cli/request_options.h"

#include <doctest/doctest.h>
#include <fstream>

#include "loader/temporary_directory.h"

namespace sojourn::cli {

TEST_CASE("request options: without any it is GET /") {
  const Result<FunctionRequest> request = read_request(RequestOptions{});
  REQUIRE(request.ok());
  CHECK(request->method == "GET");
  CHECK(request->path == "/");
  CHECK(request->query.empty());
}

TEST_CASE("request options: a body makes it POST unless a method is named") {
  RequestOptions options;
  options.data = "x";
  CHECK(read_request(options)->method == "POST");
  options.method = "PUT";
  CHECK(read_request(options)->method == "PUT");
}

TEST_CASE("request options: a body may come from a file, bytes unchanged") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/body";
  const std::string bytes("a\0b\n", 4);
  std::ofstream(path, std::ios::binary) << bytes;
  RequestOptions options;
  options.data = "@" + path;
  CHECK(read_request(options)->body == bytes);
  options.data = "@" + path + ".missing";
  const Result<FunctionRequest> missing = read_request(options);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text().find(path + ".missing") != std::string::npos);
}

TEST_CASE("request options: the query may stand in the path, in --query, or in both") {
  RequestOptions options;
  options.path = "a/b?x=1";
  options.query = "y=2";
  const Result<FunctionRequest> request = read_request(options);
  REQUIRE(request.ok());
  CHECK(request->path == "/a/b");
  CHECK(request->query == "x=1&y=2");
}

TEST_CASE("request options: a header is a name, a colon and a value") {
  RequestOptions options;
  options.headers = {"X-One:  two words", "X-Empty:"};
  const Result<FunctionRequest> request = read_request(options);
  REQUIRE(request.ok());
  CHECK(request->headers == Fields{{"X-One", "two words"}, {"X-Empty", ""}});
  options.headers = {"no colon"};
  CHECK(read_request(options).error().code() == ErrorCode::kBadRequest);
}

}  // namespace sojourn::cli
