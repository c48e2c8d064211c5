#include "runtime/base/call_reference.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::string why_not(std::string_view text) {
  const auto parsed = parse_call_reference(text);
  return parsed.ok() ? "" : parsed.error().text();
}

}  // namespace

TEST_CASE("call reference: the five forms are read, and written as they were") {
  for (const char* text : {"header:x-tenant", "query:tenant", "cookie:session", "address", "token"}) {
    const auto parsed = parse_call_reference(text);
    REQUIRE(parsed.ok());
    CHECK(to_text(*parsed) == text);
  }
}

TEST_CASE("call reference: a header's name is lower case, a query's and a cookie's stay as they are") {
  CHECK(parse_call_reference("header:X-Tenant")->name == "x-tenant");
  CHECK(parse_call_reference("query:Tenant")->name == "Tenant");
  CHECK(parse_call_reference("cookie:Tenant")->name == "Tenant");
}

TEST_CASE("call reference: what is none is refused with what is allowed") {
  CHECK(why_not("headers:x").find("allowed are header:NAME, query:NAME, cookie:NAME, address and token") !=
        std::string::npos);
  CHECK(why_not("").find("allowed are") != std::string::npos);
  CHECK(why_not("address:x").find("allowed are") != std::string::npos);
  CHECK(why_not("header:").find("1 to 128 bytes") != std::string::npos);
  CHECK(why_not("header:a b").find("without spaces") != std::string::npos);
  CHECK(why_not("cookie:a;b").find("without spaces or separators") != std::string::npos);
  CHECK(why_not("query:" + std::string(129, 'q')).find("128 bytes") != std::string::npos);
}

}  // namespace sojourn
