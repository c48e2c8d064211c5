#include "runtime/event/dispatch/callback_fields.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/base/hop_by_hop.h"

namespace sojourn {
namespace {

std::string seconds_text(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000) + ".";
  const std::string rest = std::to_string(time.count() % 1000);
  return text.append(3 - rest.size(), '0') + rest;
}

bool is_the_platforms(std::string_view name) {
  constexpr std::string_view kNames[] = {"content-length", "expect",          "host",
                                         "http2-settings", "idempotency-key", "sojourn-attempt",
                                         "x-call-id",      "x-start-time",    "x-duration-seconds"};
  return std::ranges::find(kNames, name) != std::end(kNames) || name.starts_with("proxy-") ||
         name.starts_with("x-function-") || name.starts_with("x-sojourn-");
}

bool can_stand(std::string_view value) {
  return std::ranges::none_of(value, [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return (code < 0x20 && byte != '\t') || code == 0x7f;
  });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> callback_fields(const StoredCall& call, const RunResult& result) {
  std::vector<std::pair<std::string, std::string>> fields = {{"x-call-id", call.id},
                                                             {"x-function-name", call.function},
                                                             {"x-function-status", std::to_string(result.status)},
                                                             {"x-duration-seconds", seconds_text(call.took)}};
  if (call.began > 0) fields.emplace_back("x-start-time", std::to_string(call.began) + "000000");  // nanoseconds
  const auto headers = nlohmann::json::parse(result.headers, nullptr, false);
  if (!headers.is_array()) return fields;
  std::size_t bytes = 0;
  for (const auto& field : headers) {
    const bool is_pair = field.is_array() && field.size() == 2 && field[0].is_string() && field[1].is_string();
    if (!is_pair) continue;
    const std::string name = field[0];
    const std::string value = field[1];
    if (is_hop_by_hop(name) || is_the_platforms(name) || !can_stand(value)) continue;
    bytes += name.size() + value.size() + 4;
    if (bytes > kReplyFieldsMax) break;
    fields.emplace_back(name, value);
  }
  return fields;
}

}  // namespace sojourn
