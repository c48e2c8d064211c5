#include "runtime/event/triggers/run_key.h"

#include "runtime/crypto/sha256.h"

namespace sojourn {

std::string run_key(std::span<const std::string> references, EventValues& values) {
  nlohmann::json parts = nlohmann::json::array();
  for (const std::string& reference : references) {
    auto value = values.text(reference);
    if (!value) return {};
    parts.push_back(std::move(*value));
  }
  if (parts.empty()) return {};
  std::string key = parts.size() == 1 ? parts.front().get<std::string>()
                                      : parts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (key.size() > kRunKeyMax) key = "sha256:" + Sha256::of(key).hex();
  return key;
}

}  // namespace sojourn
