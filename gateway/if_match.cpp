#include "gateway/if_match.h"

#include <string>

#include "gateway/route_target.h"

namespace sojourn {

Result<std::optional<int>> parse_if_match(std::string_view value) {
  if (value.empty()) return std::optional<int>();
  std::string_view number = value;
  if (number.size() >= 2 && number.front() == '"' && number.back() == '"') number = number.substr(1, number.size() - 2);
  if (number == "0") return std::optional<int>(0);
  const auto parsed = parse_version_number(number);
  if (!parsed) return Error(ErrorCode::kBadRequest, "If-Match has to be a version's number such as \"7\"");
  return std::optional<int>(*parsed);
}

Status check_if_match(std::optional<int> expected, const Deployments& now, std::string_view function) {
  if (!expected) return {};
  const auto found = now.functions.find(function);
  const int live = found == now.functions.end() ? 0 : found->second->live;
  if (live == *expected) return {};
  const std::string is = live == 0 ? "is not deployed" : "is at version " + std::to_string(live);
  return Error(ErrorCode::kConflict, "function `" + std::string(function) + "` " + is + ", and If-Match expects " +
                                         std::to_string(*expected) + "; look at it again");
}

}  // namespace sojourn
