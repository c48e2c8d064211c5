#include "gateway/cli/api_client.h"

#include <doctest/doctest.h>
#include <string>

#include "gateway/cli/scripted_server.h"

namespace sojourn::cli {
TEST_CASE("api client: the token goes into the Authorization field and the path is sent as it is") {
  ScriptedServer server({reply("200 OK", "{}")});
  ApiRequest request;
  request.path = "/function/hello/a/../b?x=1";
  REQUIRE(ApiClient({server.url(), "sjt_x"}).send(request).ok());
  CHECK(server.received().starts_with("GET /function/hello/a/../b?x=1 HTTP/1.1\r\n"));
  CHECK(server.received().find("Authorization: Bearer sjt_x\r\n") != std::string::npos);
}

TEST_CASE("api client: the server's own words come out of an error reply") {
  ScriptedServer server({reply("422 Refused", R"({"error": {"code": "refused", "message": "elf: no note"}})")});
  const Result<nlohmann::json> answer = ApiClient({server.url(), ""}).call({});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().text() == "elf: no note");
}

TEST_CASE("api client: an error reply of any shape is an error with its status") {
  for (const char* body : {"", "no JSON", "[]", R"({"error": 7})"}) {
    INFO(body);
    ScriptedServer server({reply("502 Bad", body)});
    const Result<nlohmann::json> answer = ApiClient({server.url(), ""}).call({});
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().text().find("502") != std::string::npos);
  }
}

TEST_CASE("api client: all pages of a list are gathered") {
  ScriptedServer server(
      {reply("200 OK", R"({"items": [1, 2], "next": "b b"})"), reply("200 OK", R"({"items": [3], "next": null})")});
  const Result<nlohmann::json> all = ApiClient({server.url(), ""}).list("/api/v1/functions");
  REQUIRE(all.ok());
  CHECK((*all)["items"] == nlohmann::json({1, 2, 3}));
  CHECK(server.received().find("after=b%20b") != std::string::npos);
}

TEST_CASE("api client: a server that is not there is named, with what to do") {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  const Result<ApiReply> answer = ApiClient({url, ""}).send({});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().text().find(url) != std::string::npos);
  CHECK(answer.error().text().find("--server") != std::string::npos);
}

TEST_CASE("api client: only unreserved characters stay as they are") {
  CHECK(encode("aZ9-._~") == "aZ9-._~");
  CHECK(encode("a b/ü&") == "a%20b%2F%C3%BC%26");
}

}  // namespace sojourn::cli
