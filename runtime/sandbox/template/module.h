// Module is what a template has loaded: the function's shared object and those of the fused links around it. Each is
// loaded once, initialised once, and shared by every instance.
//
// Order: the function's object first, then its links from the innermost outwards, for loading, SOJOURN_INIT and
// SOJOURN_START; SOJOURN_STOP comes the other way round. Each object is a local scope of its own to the dynamic loader.
//
// Loading runs the objects' constructors, which are hostile code: it happens behind all walls, and whatever it does is
// at worst this template's end.
//
// Thread: the template's only thread.
// Owner:  the template, for good; nothing is unloaded.
// Errors: a `reason` begins with the link's name where there are several.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/sandbox/protocol/template_control.h"
#include "runtime/sandbox/template/function_facts.h"

namespace sojourn {

// One object in its place in the chain.
struct ModuleLink {
  std::string name;    // "my-tag@3"
  std::string symbol;  // of its entry
  std::string with;    // the configuration of this use
  void* object = nullptr;
  const sj_entry* entry = nullptr;
  const sj_module* hooks = nullptr;  // nullptr: the object has none
};

class Module {
 public:
  // Takes the texts of the fused links that end a LOAD. False when they are not all there, or are too many.
  bool read(PayloadReader& reader, std::uint32_t fused_count, std::string_view symbol, const FunctionFacts& facts);
  // Loads the objects and finds their entries. On failure `reason` says what was missing.
  LoadOutcome load(std::string& reason);
  // Runs SOJOURN_INIT, where there is one, and looks for threads that fork would lose.
  LoadOutcome initialise(const FunctionFacts& facts, std::string& reason);

  // Outermost first; the last one is the function itself.
  std::span<const ModuleLink> links() const { return links_; }
  bool is_fused() const { return links_.size() > 1; }

 private:
  LoadOutcome open(std::size_t index, std::string& reason);
  LoadOutcome failed(const ModuleLink& link, LoadOutcome outcome, std::string_view why, std::string& reason) const;
  LoadOutcome check_threads(const ModuleLink& link, std::string& reason) const;
  LoadOutcome initialise(const ModuleLink& link, const FunctionFacts& facts, std::string& reason) const;

  std::vector<ModuleLink> links_;
};

// Whether this process has more than one thread.
bool has_other_threads();

}  // namespace sojourn
