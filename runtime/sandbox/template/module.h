// Module is the function's shared object in the template: loaded once, initialised once, shared by every instance.
//
// Loading runs the object's constructors, which are hostile code: it happens behind all walls, and whatever it does is
// at worst this template's end.
//
// Thread: the template's only thread.
// Owner:  the template, for good; nothing is unloaded.
#pragma once

#include <cstdint>
#include <string>

#include <sojourn/abi.h>

#include "runtime/sandbox/protocol/template_control.h"
#include "runtime/sandbox/template/function_facts.h"

namespace sojourn {

class Module {
 public:
  // Loads /fn/fn.so and finds its entry. On failure `reason` says what was missing.
  LoadOutcome load(const std::string& symbol, std::string& reason);
  // Runs SOJOURN_INIT, where there is one, and looks for threads that fork would lose.
  LoadOutcome initialise(const FunctionFacts& facts, std::string& reason);

  const sj_entry* entry() const { return entry_; }
  const sj_module* hooks() const { return hooks_; }  // nullptr: the object has none

 private:
  const sj_entry* entry_ = nullptr;
  const sj_module* hooks_ = nullptr;
};

// Whether this process has more than one thread.
bool has_other_threads();

}  // namespace sojourn
