// The manifest reader on any text.
#include <cstddef>
#include <cstdint>

#include "loader/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)sojourn::parse_manifest({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  return 0;
}
