#include "gateway/signatures/shown_secret.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/crypto/random.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

}  // namespace

std::optional<std::string_view> only_field(std::span<const HeaderField> headers, std::string_view name) {
  std::optional<std::string_view> value;
  for (const HeaderField& field : headers) {
    if (field.name != name) continue;
    if (value) return std::nullopt;
    value = field.value;
  }
  return value;
}

std::string_view authorization_of(std::span<const HeaderField> headers, std::string_view scheme) {
  std::string_view value = only_field(headers, "authorization").value_or("");
  if (value.size() <= scheme.size() || !equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  if (value.front() != ' ') return {};
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

bool is_one_of(std::span<const Digest> fingerprints, std::string_view sent) {
  const Digest digest = Sha256::of(sent);
  bool known = false;
  for (const Digest& one : fingerprints) known |= equal_in_constant_time(bytes_of(one), bytes_of(digest));
  return known;
}

}  // namespace sojourn
