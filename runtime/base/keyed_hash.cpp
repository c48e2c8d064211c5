#include "runtime/base/keyed_hash.h"

#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace sojourn {
namespace {

struct Lanes {
  std::uint64_t a, b, c, d;

  void round() {
    a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
    c += d, d = std::rotl(d, 16) ^ c;
    a += d, d = std::rotl(d, 21) ^ a;
    c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
  }
  void take(std::uint64_t word) {
    d ^= word;
    round(), round();
    a ^= word;
  }
};

}  // namespace

KeyedHash KeyedHash::random() {
  std::random_device device;  // getrandom
  const auto word = [&device] { return std::uint64_t{device()} << 32 | device(); };
  const std::uint64_t first = word();
  return KeyedHash(first, word());
}

std::uint64_t KeyedHash::operator()(std::string_view text) const {
  Lanes lanes{key0_ ^ 0x736f6d6570736575, key1_ ^ 0x646f72616e646f6d, key0_ ^ 0x6c7967656e657261,
              key1_ ^ 0x7465646279746573};
  const std::size_t whole = text.size() & ~std::size_t{7};
  for (std::size_t at = 0; at < whole; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    lanes.take(word);
  }
  std::uint64_t last = std::uint64_t{text.size()} << 56;
  for (std::size_t at = whole; at < text.size(); ++at) {
    last |= std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * (at - whole));
  }
  lanes.take(last);
  lanes.c ^= 0xff;
  for (int i = 0; i < 4; ++i) lanes.round();
  return lanes.a ^ lanes.b ^ lanes.c ^ lanes.d;
}

}  // namespace sojourn
