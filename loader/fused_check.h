// Whether a decorator may be fused into a function: loaded into its process, where they share everything but their own
// code. What a fused link gives up must be nothing that it counts on.
//
// Refused are:
//   an entry that is not a decorator, or is of another ABI than the function
//   an object with an STB_GNU_UNIQUE symbol, the function's too: the dynamic loader makes such a symbol one for all
//     objects of a process, RTLD_LOCAL or not, and inline variables of one link become those of another
//   a decorator whose own configuration names secrets, connections, calls, variables or decorators: inside the function
//     it has the function's. Its limits go without a word, they are the function's
//
// Thread: any; a pure function.
#pragma once

#include <cstddef>
#include <string>

#include "loader/deployment.h"

namespace sojourn {

inline constexpr std::size_t kFusedWithMax = 64u << 10;  // bytes of `with` of all fused links of a function together

// Why not, as it follows the decorator's name: "cannot be fused: …". Empty: it may.
std::string why_not_fused(const Version& decorator, const Version& function);

}  // namespace sojourn
