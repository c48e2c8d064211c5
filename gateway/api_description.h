// docs/openapi.yaml as it was when the program was built.
//
// Thread: any; a constant.
#pragma once

#include <string_view>

namespace sojourn {

extern const std::string_view kApiDescription;

}  // namespace sojourn
