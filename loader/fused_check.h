// Whether decorators may be fused around a function: loaded into its process, where they share everything but their own
// code. What a fused link gives up must be nothing that it counts on.
//
// Refused are:
//   more than kFusedMax objects around one function
//   an entry that is not a decorator, or is of another ABI than the function
//   an object with an STB_GNU_UNIQUE symbol, of the function too: the dynamic loader makes such a symbol one for all
//     objects of a process, RTLD_LOCAL or not, and inline variables of one link become those of another
//   a decorator whose own configuration names secrets, connections, calls, variables or decorators: inside the function
//     it has the function's. Its limits go without a word, they are the function's
//   more than kFusedWithMax bytes of `with` together, which have to fit into one message
//
// Thread: any; a pure function.
// Errors: kRefused with one line, its place the use.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "loader/artifact.h"
#include "loader/function_config.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kFusedWithMax = 64u << 10;  // bytes of all fused links of a function together

struct FuseRequest {
  std::string use;                         // as people read it: "my-tag@3"
  const ObjectFacts* facts = nullptr;      // of its object
  const EntryNote* entry = nullptr;        // of the decorator in it
  const FunctionConfig* config = nullptr;  // of its own version; null: one that comes with Sojourn
  std::string with;                        // of this use
};

// `links` outermost first.
Status check_fused(const ObjectFacts& function, const EntryNote& entry, std::span<const FuseRequest> links);

}  // namespace sojourn
