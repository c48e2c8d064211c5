#include "tests/harness/node_clients.h"

#include <doctest/doctest.h>

namespace sojourn::test {

std::optional<Finished> run_client(const std::string& program, std::vector<std::string> arguments,
                                   ProcessOptions options, std::chrono::milliseconds patience) {
  constexpr std::chrono::minutes kInstallMax{5};
  const std::string directory = SOJOURN_BUILD_DIRECTORY "/tests/clients";
  const Finished installed = run({SOJOURN_SOURCE_DIRECTORY "/tools/install-test-clients", directory}, {}, kInstallMax);
  if (installed.status != 0) {
    MESSAGE("skipped by name: " << program << " (its packages cannot be installed: " << installed.errors << ")");
    return std::nullopt;
  }
  arguments.insert(arguments.begin(), {"node", directory + "/" + program});
  return run(std::move(arguments), std::move(options), patience);
}

}  // namespace sojourn::test
