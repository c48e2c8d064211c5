#include "runtime/base/keyed_hash.h"

#include <doctest/doctest.h>
#include <string>

namespace sojourn {

TEST_CASE("keyed hash: gives what the authors of SipHash-2-4 published") {
  const KeyedHash hash(0x0706050403020100, 0x0f0e0d0c0b0a0908);
  std::string text;
  CHECK(hash(text) == 0x726fdb47dd0e0e31);
  for (char c = 0; c < 15; ++c) text += c;
  CHECK(hash(text) == 0xa129ca6149be45e5);
}

TEST_CASE("keyed hash: another key gives another hash") {
  CHECK(KeyedHash::random()("x") != KeyedHash::random()("x"));
}

}  // namespace sojourn
