#include "gateway/call_id_window.h"

#include <string_view>

namespace sojourn {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<CallIdBytes> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  CallIdBytes id{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash_here != (text[i] == '-')) return std::nullopt;
    if (dash_here) continue;
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = id[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return id;
}

std::size_t CallIdWindow::Hash::operator()(const CallIdBytes& id) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(id.data()), id.size()});
}

bool CallIdWindow::take(const CallIdBytes& id) {
  const std::lock_guard lock(mutex_);
  if (!known_.insert(id).second) return false;
  in_order_.push_back(id);
  if (in_order_.size() > ids_max_) {
    known_.erase(in_order_.front());
    in_order_.pop_front();
  }
  return true;
}

}  // namespace sojourn
