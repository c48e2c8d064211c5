// The ELF gate on any bytes: a refusal or facts, never a crash.
#include <cstddef>
#include <cstdint>

#include "loader/elf_gate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sojourn::HostLibraries libraries;
  const auto facts = sojourn::inspect_object({reinterpret_cast<const char*>(data), size}, libraries);
  if (facts.ok()) (void)sojourn::found_summary(*facts);
  return 0;
}
