// Applies a manifest of a test's own with stock `sojourn apply`.
//
// Thread: one at a time. Errors: ends the test with what the command said.
#pragma once

#include <string>

#include "tests/harness/server.h"

namespace sojourn::test {

// `text` without its first two keys. COURIER in it is the path of tests/functions/courier.
void apply_manifest(Server& server, const std::string& text);

}  // namespace sojourn::test
