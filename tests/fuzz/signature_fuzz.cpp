// The headers of signed requests, as a sender that knows no secret could write them: the first byte chooses the scheme,
// then a line each for the signature, the time and the id, then the body. None may pass for genuine.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/signatures/signature.h"

namespace {

std::string_view line(std::string_view& rest) {
  const std::string_view taken = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(taken.size() + 1, rest.size()));
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kNow = 1'614'265'330;
  if (size == 0) return 0;
  const auto& scheme = *sojourn::known_scheme(sojourn::kKnownSchemes[data[0] % std::size(sojourn::kKnownSchemes)]);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::array<sojourn::HeaderField, 3> headers = {sojourn::HeaderField{scheme.header, line(rest)},
                                                       sojourn::HeaderField{scheme.timestamp, line(rest)},
                                                       sojourn::HeaderField{scheme.id, line(rest)}};
  const std::array<std::string_view, 2> secrets = {"whsec_3q2+7wABAgMEBQYHCAkKCwwNDg8Q", "another secret"};
  if (sojourn::check_signature(scheme, headers, rest, secrets, kNow).ok()) std::abort();
  return 0;
}
