// A Chain is what a request to a function passes: its decorators, outermost first, then the function itself. Links that
// are fused do not stand here, they live inside the function's own sandbox.
//
// Thread: any; immutable once made.
// Owner:  the route snapshot that it was made for, and every run through it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loader/deployment.h"

namespace sojourn {

class Guard;

// Either a version in a sandbox of its own, or a guard in this process.
struct ChainLink {
  std::string name;   // as written in `use`, without a version; the function's name for the last link
  std::string label;  // "my-tag@3", "rate-limit"; what messages call it
  VersionPtr version;
  std::shared_ptr<Guard> guard;
};

struct Chain {
  std::vector<ChainLink> links;  // at least one, the last with a version: the function

  const ChainLink& function() const { return links.back(); }
};
using ChainPtr = std::shared_ptr<const Chain>;

inline constexpr std::size_t kChainLinksMax = 16;  // decorators of one function
inline constexpr std::uint32_t kCallDepthMax = 8;  // functions that wait for one another

}  // namespace sojourn
