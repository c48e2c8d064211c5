// Puts into a code and one line why an instance ended in the middle of a call. Evidence that the function cannot forge
// comes first: what we did to it, then how the kernel says it ended, and last what the channel shows.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"

namespace sojourn {

// "64MiB", "6MiB", "1536B": the shortest exact form.
std::string size_text(std::uint64_t bytes);

// "SIGSEGV" for a number the kernel uses, else "signal N".
std::string signal_text(int signal);

// `wait_status` as waitpid gives it, empty when the template did not tell in time. A SIGKILL that we did not send is
// what the kernel does when the memory of the version's cgroup runs out; `memory` is the limit in bytes.
Error exit_reason(std::optional<int> wait_status, std::uint64_t memory);

// The reason with the name of the object that was running, for a function with fused links. `link` is the word of the
// claim page: the function can have written it, and it decides nothing but this text.
Error in_link(const Error& reason, std::uint32_t link, const std::vector<std::string>& fused);

// What the caller gets for an error that the function reported with status 0. Only a word for the caller: the type and
// message are for the log. `marks` are ErrorMarks, the limits in bytes.
struct ThrownLimits {
  std::uint64_t memory = 0;
  std::uint64_t reply = 0;
};
Error thrown_reason(std::uint32_t marks, std::string_view type, const ThrownLimits& limits);

// A one-line reason for a template that ended while it loaded.
Error load_exit_reason(std::optional<int> wait_status);

}  // namespace sojourn
