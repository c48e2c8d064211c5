#include <doctest/doctest.h>
#include <set>

#include "runtime/crypto/random.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {

TEST_CASE("sha256: the vector of FIPS 180-2 for abc, in one piece and in three") {
  const char* expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(Sha256::of("abc").hex() == expected);
  Sha256 hash;
  for (const char* piece : {"a", "b", "c"}) hash.add(piece);
  CHECK(hash.finish().hex() == expected);
}

TEST_CASE("random: UUIDs are version 4 and differ across a refill of the pool") {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string id = random_uuid();
    CHECK(id.size() == 36);
    CHECK(id[14] == '4');
    seen.insert(id);
  }
  CHECK(seen.size() == 200);
}

TEST_CASE("random: comparison in constant time tells equal from different") {
  CHECK(equal_in_constant_time("token", "token"));
  CHECK_FALSE(equal_in_constant_time("token", "tokem"));
  CHECK_FALSE(equal_in_constant_time("token", "toke"));
}

}  // namespace sojourn
