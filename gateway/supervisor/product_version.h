// The product's version, as CMake's project() has it: "0.1.0". What --version, /status and server.json say.
#pragma once

#include <string_view>

namespace sojourn {

std::string_view product_version();

}  // namespace sojourn
