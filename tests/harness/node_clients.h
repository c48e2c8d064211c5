// The stock packages of tests/clients, run by Node.js.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/harness/process.h"

namespace sojourn::test {

// `node tests/clients/PROGRAM ARGUMENTS`, with the packages installed into the build tree first. Nothing, and the
// reason as a message, when there is no Node.js or the packages cannot be had: such a test is skipped by name.
std::optional<Finished> run_client(const std::string& program, std::vector<std::string> arguments,
                                   ProcessOptions options = {},
                                   std::chrono::milliseconds patience = std::chrono::seconds(120));

}  // namespace sojourn::test
