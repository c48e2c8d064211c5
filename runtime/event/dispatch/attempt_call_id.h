// The id of the call that one attempt at a step makes: what the function sees and its log lines carry. It follows from
// the run, the step and the attempt, so that whoever looks at a run later finds the lines of each attempt. After a
// redrive attempts are counted from one again, and so have the ids of those before.
//
// Thread: pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace sojourn {

// A UUID. `attempt` counts from 1.
std::string attempt_call_id(std::string_view run, std::string_view step, int attempt);

}  // namespace sojourn
