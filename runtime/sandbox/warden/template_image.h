// The template program's bytes, which this library carries, as an executable file in memory.
//
// Thread: any.
#pragma once

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

// A sealed memory file for execveat; nothing can change it any more.
Result<UniqueFd> make_template_image();

}  // namespace sojourn
