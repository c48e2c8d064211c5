#include "tests/harness/manifest.h"

#include <stdexcept>

namespace sojourn::test {

void apply_manifest(Server& server, const std::string& text) {
  constexpr std::string_view kMark = "COURIER";
  const std::string object = test_function("courier").string();
  std::string manifest = "sojourn: 1\nname: test\n" + text;
  for (std::size_t at = manifest.find(kMark); at != std::string::npos; at = manifest.find(kMark, at + object.size())) {
    manifest.replace(at, kMark.size(), object);
  }
  const TemporaryDirectory directory;
  write_file(directory.path() / "sojourn.yaml", manifest);
  const Finished applied = server.cli({"apply", "-f", (directory.path() / "sojourn.yaml").string()});
  if (applied.status != 0) throw std::runtime_error("apply: " + applied.output + applied.errors + manifest);
}

}  // namespace sojourn::test
