// SipHash-2-4: a hash of texts that strangers choose. Who does not know the key cannot find two texts with the same
// hash, so that a hash of 64 bits may stand for the text in a table.
//
// Thread: a value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace sojourn {

class KeyedHash {
 public:
  KeyedHash(std::uint64_t key0, std::uint64_t key1) : key0_(key0), key1_(key1) {}
  // With a key of the kernel's making.
  static KeyedHash random();

  std::uint64_t operator()(std::string_view text) const;

 private:
  std::uint64_t key0_;
  std::uint64_t key1_;
};

}  // namespace sojourn
