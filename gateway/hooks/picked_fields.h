// PickedFields are a few scalar values out of a JSON object, by the place where they stand. The text is read through
// once and checked to be JSON, and nothing of it is kept but what was asked for: a body of 25 MiB costs no tree of
// objects.
//
// A place is the names on the way, with dots between: `repository.url`. What stands in an array, and what has a dot in
// its name, cannot be asked for.
//
// Thread: a value; any thread.
// Errors: kBadRequest: no JSON object in UTF-8, nested deeper than kEventDepthMax, a wanted place that is there twice.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

class PickedFields {
 public:
  static Result<PickedFields> of(std::string_view json, std::span<const std::string_view> wanted);

  // Strings as they are, numbers and truth as JSON writes them; empty when nothing stands there, or null.
  std::string_view text(std::string_view place) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace sojourn
