// A Query is the part of a target behind the question mark, decoded into names and values (`+` is a space, as forms
// write it).
//
// Thread: a value; any thread.
// Errors: kBadRequest for a bad escape, a NUL, or more than kQueryFieldsMax fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kQueryFieldsMax = 200;

class Query {
 public:
  static Result<Query> parse(std::string_view raw);

  // The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  // True for `true`, `1` and a name without a value, false for `false`, `0` and an absent one; else kBadRequest.
  Result<bool> flag(std::string_view name) const;
  // A decimal number within the bounds; `otherwise` when absent; else kBadRequest that names them.
  Result<int> number(std::string_view name, int otherwise, int least, int most) const;

  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// `text` with its escapes decoded; nothing for a bad escape or a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace sojourn
