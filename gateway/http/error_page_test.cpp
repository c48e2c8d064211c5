// docs/errors.md is what clients are told; the table in the code is what they get.
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gateway/http/http_stats.h"
#include "runtime/base/error.h"

namespace sojourn {

TEST_CASE("errors: every code stands on its page with its status") {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream file(root / "docs" / "errors.md");
  REQUIRE(file.good());
  std::ostringstream page;
  page << file.rdbuf();
  for (std::size_t i = 0; i < kErrorCodes; ++i) {
    const ErrorCodeFacts& code = facts(static_cast<ErrorCode>(i));
    const std::string row = "| `" + std::string(code.name) + "` | " + std::to_string(code.http_status) + " |";
    CAPTURE(row);
    CHECK(page.str().find(row) != std::string::npos);
  }
}

}  // namespace sojourn
