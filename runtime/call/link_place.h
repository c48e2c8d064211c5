// Where a call stands: in which run through which chain, and as which link. A call of a lone version stands nowhere.
//
// Thread: a value of the loop.
#pragma once

#include <cstddef>

#include "runtime/call/emit_scope.h"

namespace sojourn {

class ChainRun;

struct LinkPlace {
  ChainRun* run = nullptr;
  std::size_t index = 0;
  EmitScopePtr emits_around{};  // where what it emits goes; null: it stands alone, and is made for no event
};

}  // namespace sojourn
