// W3C Trace Context, `traceparent`: 00-TRACE-SPAN-FLAGS. What causes something is its parent: the same trace, a span of
// its own.
//
// Thread: pure functions but for the random span.
#pragma once

#include <string>
#include <string_view>

namespace sojourn {

// The parent with a new span in it; empty when it is none: not of version 00, or with a trace or span of zeros.
std::string child_of(std::string_view traceparent);

}  // namespace sojourn
