#include "gateway/header_hygiene.h"

#include <doctest/doctest.h>
#include <string>

namespace sojourn {
namespace {

std::string names(const std::vector<HeaderField>& fields) {
  std::string joined;
  for (const HeaderField& field : fields) joined.append(field.name).append(" ");
  return joined;
}

std::string to_function(std::vector<HeaderField> headers, const Withheld& withheld = {}) {
  std::vector<HeaderField> passed;
  pass_to_function(headers, withheld, passed);
  return names(passed);
}

std::string to_client(std::vector<HeaderField> headers) {
  std::vector<HeaderField> passed;
  pass_to_client(headers, passed);
  return names(passed);
}

TEST_CASE("header hygiene: a function sees a request's own fields and none of the connection's") {
  CHECK(to_function({{"host", "a"},
                     {"connection", "close"},
                     {"te", "trailers"},
                     {"accept", "*/*"},
                     {"transfer-encoding", "chunked"},
                     {"expect", "100-continue"},
                     {"upgrade", "h2c"}}) == "host accept ");
}

TEST_CASE("header hygiene: fields that Connection names stay on the connection") {
  CHECK(to_function({{"connection", "close, X-Private"}, {"x-private", "1"}, {"x-public", "2"}}) == "x-public ");
}

TEST_CASE("header hygiene: a token is taken out, another authorization handed on") {
  CHECK(to_function({{"authorization", "Bearer t"}, {"accept", "*/*"}}, {"authorization", ""}) == "accept ");
  CHECK(to_function({{"authorization", "Basic t"}}) == "authorization ");
}

TEST_CASE("header hygiene: the platform's own request fields are not the function's") {
  CHECK(to_function({{"x-call-id", "1"},
                     {"x-timeout", "5s"},
                     {"sojourn-attempt", "3"},
                     {"x-other", "1"},
                     {"traceparent", "00-"}}) == "x-other traceparent ");
}

TEST_CASE("header hygiene: a reply cannot take over the origin, the connection or the platform's voice") {
  CHECK(to_client({{"service-worker-allowed", "/"},
                   {"clear-site-data", "*"},
                   {"alt-svc", "h3"},
                   {"connection", "close"},
                   {"x-sojourn-error", "deadline"},
                   {"x-call-id", "1"},
                   {"content-length", "3"},
                   {"server-timing", "a"},
                   {"transfer-encoding", "chunked"},
                   {"keep-alive", "5"}}) == "");
}

TEST_CASE("header hygiene: a reply's own fields pass, repeated ones too") {
  CHECK(to_client({{"content-type", "text/plain"}, {"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"x-mine", "1"}}) ==
        "content-type set-cookie set-cookie x-mine ");
}

}  // namespace
}  // namespace sojourn
