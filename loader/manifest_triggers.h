// What the triggers of one file must not do to each other: two webhooks of one path, two that take from one queue, a
// pipeline and a function with triggers of one name. What other manifests have, only the server knows.
//
// Thread: any; a pure function.
#pragma once

#include "loader/document.h"
#include "loader/manifest.h"

namespace sojourn {

void check_triggers(const Manifest& manifest, Complaints& complaints);

}  // namespace sojourn
