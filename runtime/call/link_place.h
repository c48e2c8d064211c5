// Where a call stands: in which run through which chain, and as which link. A call of a lone version stands nowhere.
//
// Thread: a value of the loop.
#pragma once

#include <cstddef>

namespace sojourn {

class ChainRun;

struct LinkPlace {
  ChainRun* run = nullptr;
  std::size_t index = 0;
};

}  // namespace sojourn
