// The keys `decorators` and `calls`: whom a function is wrapped in, and whom it may call. Here the form is checked;
// whether the names mean something is chain_check.h's, which knows what is deployed.
//
// Thread: any; functions on values.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "loader/config_schema.h"

namespace sojourn {

inline constexpr std::size_t kDecoratorsMax = 16;  // of one function
inline constexpr std::size_t kCallsMax = 64;       // names one function may call

// NAME or NAME@N. `number` is 0 when none is given.
struct UseReference {
  std::string_view name;
  int number = 0;
};
std::optional<UseReference> parse_use(std::string_view use);

void read_decorators(const Place& place, const Node& node, FunctionConfig& config);
nlohmann::ordered_json write_decorators(const FunctionConfig& config);
void read_calls(const Place& place, const Node& node, FunctionConfig& config);

}  // namespace sojourn
