// The bytes of the objects that the program carries.
//
// Thread: any; constant.
#pragma once

#include <span>
#include <string_view>

namespace sojourn {

struct BuiltInObject {
  std::string_view name;   // as a manifest's `use` has it
  std::string_view bytes;  // a shared object
};

std::span<const BuiltInObject> built_in_objects();

}  // namespace sojourn
