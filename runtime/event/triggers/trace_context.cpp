#include "runtime/event/triggers/trace_context.h"

#include <algorithm>

#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceSize = 32;
constexpr std::size_t kSpanAt = kTraceAt + kTraceSize + 1;
constexpr std::size_t kSpanSize = 16;
constexpr std::size_t kSize = kSpanAt + kSpanSize + 3;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool is_traceparent(std::string_view text) {
  return text.size() == kSize && text.starts_with("00-") && text[kSpanAt - 1] == '-' &&
         text[kSpanAt + kSpanSize] == '-' && is_id(text.substr(kTraceAt, kTraceSize)) &&
         is_id(text.substr(kSpanAt, kSpanSize)) && is_hex(text.substr(kSize - 2));
}

}  // namespace

std::string child_of(std::string_view traceparent) {
  if (!is_traceparent(traceparent)) return {};
  std::string child(traceparent);
  child.replace(kSpanAt, kSpanSize, random_hex(kSpanSize / 2));
  return child;
}

}  // namespace sojourn
