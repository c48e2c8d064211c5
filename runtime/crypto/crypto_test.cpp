#include <chrono>
#include <doctest/doctest.h>
#include <set>
#include <thread>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/hmac.h"
#include "runtime/crypto/random.h"
#include "runtime/crypto/sealing.h"
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

TEST_CASE("encoding: the vectors of RFC 4648 for base64, both ways") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == std::string(bytes));
  }
  CHECK(from_base64("Zg") == "f");
  for (const char* bad : {"Z", "Zh==", "Zg=", "Zg===", "Zm9v!", "Zm 9v", "====", "Zg==Zg=="}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad).has_value());
  }
}

TEST_CASE("encoding: hex is read in either case, and refused when a digit is missing or none") {
  CHECK(to_hex(std::string("\x00\xff\x1a", 3)) == "00ff1a");
  CHECK(from_hex("00Ff1A") == std::string("\x00\xff\x1a", 3));
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
}

// RFC 4231 for SHA-256 and SHA-512, RFC 2202 for SHA-1.
TEST_CASE("hmac: the vectors of RFC 4231 and RFC 2202") {
  const std::string b20(20, '\x0b');
  const std::string a131(131, '\xaa');
  const std::string a80(80, '\xaa');
  const std::string long_key = "Test Using Larger Than Block-Size Key - Hash Key First";
  const auto code = [](HashKind hash, const std::string& key, const std::string& text) {
    return to_hex(hmac(hash, key, text));
  };
  CHECK(code(HashKind::kSha256, b20, "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(code(HashKind::kSha256, "Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(code(HashKind::kSha256, a131, long_key) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(code(HashKind::kSha512, "Jefe", "what do ya want for nothing?") ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  CHECK(code(HashKind::kSha1, b20, "Hi There") == "b617318655057264e28bc0b6fb378c8ef146be00");
  CHECK(code(HashKind::kSha1, "Jefe", "what do ya want for nothing?") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(code(HashKind::kSha1, a80, long_key) == "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST_CASE("sealing: a text opens with its key under its label, and not when anything is changed") {
  const SecretText key = make_seal_key();
  for (const std::string& text : {std::string(), std::string("s3cret"), std::string(8192, '\0')}) {
    const std::string sealed = seal(key.view(), "mailer-key", text);
    CHECK(sealed.size() == text.size() + kSealOverhead);
    const auto opened = open_sealed(key.view(), "mailer-key", sealed);
    REQUIRE(opened.has_value());
    CHECK(opened->view() == text);
    CHECK_FALSE(open_sealed(key.view(), "mailer-kez", sealed).has_value());
    CHECK_FALSE(open_sealed(make_seal_key().view(), "mailer-key", sealed).has_value());
    CHECK_FALSE(open_sealed(key.view(), "mailer-key", sealed.substr(1)).has_value());
    for (std::size_t at = 0; at < sealed.size(); at += sealed.size() / 7 + 1) {
      std::string changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      CHECK_FALSE(open_sealed(key.view(), "mailer-key", changed).has_value());
    }
  }
  CHECK(seal(key.view(), "a", "same") != seal(key.view(), "a", "same"));
}

TEST_CASE("random: a name has always the same UUID, of version 8, and another name another one") {
  const std::string id = named_uuid("run.step.1");
  CHECK(id.size() == kUuidSize);
  CHECK(id[14] == '8');
  CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
  CHECK(id == named_uuid("run.step.1"));
  CHECK(id != named_uuid("run.step.2"));
}

TEST_CASE("random: an ordered UUID is of version 7, its own, and stands behind those of earlier milliseconds") {
  const std::string first = ordered_uuid();
  CHECK(first.size() == kUuidSize);
  CHECK(first[14] == '7');
  CHECK(std::string_view("89ab").find(first[19]) != std::string_view::npos);
  CHECK(first != ordered_uuid());
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(first.substr(0, 13) < ordered_uuid().substr(0, 13));
}

}  // namespace sojourn
