#include "gateway/access/cors_reply.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

using Headers = std::vector<HeaderField>;

std::string shown(std::span<const HeaderField> fields) {
  std::string text;
  for (const HeaderField& field : fields) text.append(field.name).append(": ").append(field.value).append("\n");
  return text;
}

Cors cors_for(std::vector<std::string> origins) {
  Cors cors;
  cors.origins = std::move(origins);
  return cors;
}

std::string preflight(const Cors& cors, const std::string& origin, const std::string& method,
                      const std::string& headers = {}) {
  const Headers sent = {
      {"origin", origin}, {"access-control-request-method", method}, {"access-control-request-headers", headers}};
  const auto reply = PreflightReply::of(cors, sent);
  return reply.ok() ? shown(reply->fields()) : reply.error().text();
}

}  // namespace

TEST_CASE("cors: an allowed origin is named, another is not, and caches are told") {
  const Cors cors = cors_for({"https://app.example.com", "https://*.shop.example"});
  const auto fields = [&](const std::string& origin) {
    const Headers sent = {{"origin", origin}};
    return shown(CorsReply(cors, sent).fields());
  };
  const std::string vary = "vary: Origin\n";
  CHECK(fields("https://app.example.com") == "access-control-allow-origin: https://app.example.com\n" + vary);
  CHECK(fields("https://a.shop.example") == "access-control-allow-origin: https://a.shop.example\n" + vary);
  for (const char* origin : {"https://shop.example", "https://.shop.example", "http://a.shop.example", "null",
                             "https://evilshop.example", "https://app.example.com.evil", "https://APP.example.com"}) {
    CAPTURE(origin);
    CHECK(fields(origin) == vary);
  }
  CHECK(shown(CorsReply(cors, Headers{}).fields()) == vary);
  CHECK(CorsReply().fields().empty());
}

TEST_CASE("cors: every origin is a star, and credentials are said") {
  const Headers sent = {{"origin", "https://any.example"}};
  CHECK(shown(CorsReply(cors_for({"*"}), sent).fields()) == "access-control-allow-origin: *\n");
  Cors cors = cors_for({"https://any.example"});
  cors.credentials = true;
  CHECK(shown(CorsReply(cors, sent).fields()) ==
        "access-control-allow-origin: https://any.example\naccess-control-allow-credentials: true\nvary: Origin\n");
}

TEST_CASE("cors: a preflight is told apart from an OPTIONS of the function's own") {
  CHECK(is_preflight("OPTIONS", Headers{{"origin", "https://a"}, {"access-control-request-method", "PUT"}}));
  CHECK_FALSE(is_preflight("OPTIONS", Headers{{"origin", "https://a"}}));
  CHECK_FALSE(is_preflight("OPTIONS", Headers{{"access-control-request-method", "PUT"}}));
  CHECK_FALSE(is_preflight("GET", Headers{{"origin", "https://a"}, {"access-control-request-method", "PUT"}}));
}

TEST_CASE("cors: a preflight is answered with what is allowed, or refused with what is not") {
  Cors cors = cors_for({"https://a.example"});
  cors.headers = {"content-type", "x-api-key"};
  CHECK(preflight(cors, "https://a.example", "POST", "Content-Type, X-Api-Key") ==
        "access-control-allow-methods: GET, HEAD, POST\naccess-control-max-age: 600\n"
        "access-control-allow-headers: content-type, x-api-key\n");
  CHECK(preflight(cors, "https://b.example", "POST") == "pages of https://b.example may not call this (cors.origins)");
  CHECK(preflight(cors, "https://a.example", "PUT") == "pages may not call this by PUT (cors.methods)");
  CHECK(preflight(cors, "https://a.example", "GET", "x-api-key,X-Other") ==
        "pages may not send the header x-other (cors.headers)");
  cors.methods = cors.headers = {"*"};
  CHECK(preflight(cors, "https://a.example", "PURGE", "X-Other") ==
        "access-control-allow-methods: PURGE\naccess-control-max-age: 600\naccess-control-allow-headers: X-Other\n");
}

}  // namespace sojourn
