// Capabilities: what the warden keeps, and how a template loses all of them for good.
//
// Thread: the process's only thread.
#pragma once

#include <cstdint>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

// The warden's, as root: CAP_SETUID and CAP_SETGID to map a template's user, CAP_DAC_OVERRIDE and CAP_FOWNER to link
// artifacts that belong to the gateway's user. Power over its templates (kill, limits) comes from owning their user
// namespaces and needs none of these.
std::uint64_t warden_capabilities();

// Keeps only `keep` (bits by number) in the permitted, effective and bounding sets; inheritable and ambient are empty.
StepError keep_capabilities(std::uint64_t keep);

// Drops every capability, and locks the ways by which exec or setuid could bring one back.
StepError drop_all_capabilities();

}  // namespace sojourn
