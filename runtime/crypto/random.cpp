#include "runtime/crypto/random.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <openssl/crypto.h>
#include <sys/random.h>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

void fill(void* to, std::size_t size) {
  auto* bytes = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::getrandom(bytes, size, 0);
    if (got < 0) continue;  // EINTR is the only way for a valid buffer
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

// 16 bytes of a pool that is filled by one system call for many.
std::uint8_t* take_16_bytes() {
  struct Pool {
    std::array<std::uint8_t, 1024> bytes;
    std::size_t used = sizeof bytes;
  };
  thread_local Pool pool;
  if (pool.used == pool.bytes.size()) {
    fill(pool.bytes.data(), pool.bytes.size());
    pool.used = 0;
  }
  pool.used += 16;
  return pool.bytes.data() + pool.used - 16;
}

void write_uuid(char* to, std::uint8_t* id, int version) {
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | version << 4);  // RFC 9562
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);          // variant
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kDigits[id[i] >> 4];
    *to++ = kDigits[id[i] & 15];
  }
}

}  // namespace

std::string random_bytes(std::size_t size) {
  std::string raw(size, '\0');
  fill(raw.data(), raw.size());
  return raw;
}

std::string random_hex(std::size_t bytes) {
  return to_hex(random_bytes(bytes));
}

std::string random_uuid() {
  std::string text(kUuidSize, '\0');
  write_random_uuid(text.data());
  return text;
}

void write_random_uuid(char* to) {
  write_uuid(to, take_16_bytes(), 4);
}

std::string ordered_uuid() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto milliseconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::uint8_t* const id = take_16_bytes();
  for (int i = 5; i >= 0; --i, milliseconds >>= 8) id[i] = static_cast<std::uint8_t>(milliseconds);
  std::string text(kUuidSize, '\0');
  write_uuid(text.data(), id, 7);
  return text;
}

std::string named_uuid(std::string_view name) {
  Digest digest = Sha256::of(name);
  std::string text(kUuidSize, '\0');
  write_uuid(text.data(), digest.bytes.data(), 8);
  return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sojourn
