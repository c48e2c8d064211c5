#include "runtime/call/reference_value.h"

#include <doctest/doctest.h>
#include <vector>

namespace sojourn {
namespace {

struct Asked {
  std::vector<HeaderField> headers = {{"x-tenant", "blue"}, {"x-tenant", "red"}, {"cookie", "a=1; who=\"ada\" ;b=2"}};
  RequestView request;

  Asked() {
    request.headers = headers;
    request.query = "n=1&t%65nant=a%20b&tenant=second&flag&broken=%zz+x";
    request.remote = "192.0.2.1";
  }
  std::string operator()(std::string_view text) {
    const auto reference = parse_call_reference(text);
    REQUIRE(reference.ok());
    std::string decoded;
    return std::string(value_of(*reference, request, decoded).value_or("none"));
  }
};

}  // namespace

TEST_CASE("reference value: a header, a cookie and the address are found, and what is absent is not") {
  Asked value;
  CHECK(value("header:X-Tenant") == "blue");
  CHECK(value("header:x-other") == "none");
  CHECK(value("cookie:who") == "ada");
  CHECK(value("cookie:b") == "2");
  CHECK(value("cookie:WHO") == "none");
  CHECK(value("address") == "192.0.2.1");
  CHECK(value("token") == "none");
  value.request.token = "ci";
  CHECK(value("token") == "ci");
}

TEST_CASE("reference value: a query parameter is the same however it is escaped") {
  Asked value;
  CHECK(value("query:n") == "1");
  CHECK(value("query:tenant") == "a b");
  CHECK(value("query:flag") == "");
  CHECK(value("query:broken") == "%zz x");
  CHECK(value("query:absent") == "none");
}

}  // namespace sojourn
