// A Scope is what a token allows: a verb, and the functions it holds for as a pattern of their names.
// Written `read`, or narrowed as `deploy:shop-*`.
//
// Thread: values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

enum class Verb {
  kInvoke,
  kPublish,
  kDeploy,
  kRead,
  kAdmin,  // includes every other verb
};

std::string_view name(Verb verb);

struct Scope {
  Verb verb = Verb::kInvoke;
  std::string glob;  // of function names; empty: everywhere

  std::string text() const;  // reads back as the same scope
  bool operator==(const Scope&) const = default;
};

// Refuses unknown verbs and empty or too long patterns with a text that names the possible ones.
Result<Scope> parse_scope(std::string_view text);

// Whether `scopes` allow `verb` for the function. An empty name stands for the server as a whole, which a narrowed
// scope does not reach.
bool allows(const std::vector<Scope>& scopes, Verb verb, std::string_view function);

// Whether `text` fits `pattern`: `*` any bytes or none, `?` exactly one, anything else itself.
// Time is bounded by the product of both lengths.
bool fits_glob(std::string_view pattern, std::string_view text);

}  // namespace sojourn
