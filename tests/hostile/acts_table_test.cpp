// The table of docs/security.md against the acts that there are.
#include <doctest/doctest.h>
#include <filesystem>

#include "tests/harness/process.h"

namespace sojourn::test {
namespace {

const std::filesystem::path kSource = SOJOURN_SOURCE_DIRECTORY;

// Everything the tests of the whole system say.
std::string tests_text() {
  std::string text;
  for (const char* folder : {"hostile", "e2e"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kSource / "tests" / folder)) {
      const std::filesystem::path& file = entry.path();
      if (file.extension() == ".cpp" || file.extension() == ".h") text += read_file(file);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("hostile: every act has its row in the security page, and a test that plays it") {
  const std::string page = read_file(kSource / "docs" / "security.md");
  const std::string tests = tests_text();
  REQUIRE_FALSE(page.empty());
  int acts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "tests" / "hostile" / "acts")) {
    if (entry.path().extension() == ".h") continue;
    const std::string act = entry.path().stem();
    CAPTURE(act);
    CHECK(page.find("`" + act + "`") != std::string::npos);
    CHECK((tests.find('"' + act + '"') != std::string::npos || tests.find('(' + act + ',') != std::string::npos));
    ++acts;
  }
  CHECK(acts >= 90);
}

}  // namespace sojourn::test
