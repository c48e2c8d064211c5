// Names the walls of this host's sandboxes and judges them together, as the security model does: *secure* when all that
// it requires are up, *reduced* when one is missing.
//
// Thread: any; pure functions over WallBits (runtime/sandbox/protocol/warden_message.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sojourn {

// The walls of `bits` by name, in the order of WallBits: "user-namespace", "seccomp", ….
std::vector<std::string_view> wall_names(std::uint64_t bits);

// Those that the security model requires and `bits` lacks.
std::vector<std::string_view> missing_walls(std::uint64_t bits);

// "secure", "secure (single uid, soft memory)", "reduced"; "unknown" while nothing was reported.
std::string_view mode_of(std::uint64_t bits);

}  // namespace sojourn
