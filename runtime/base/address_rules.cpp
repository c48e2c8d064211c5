#include "runtime/base/address_rules.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace sojourn {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
  AddressKind kind;
};

constexpr std::uint32_t dotted(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// The first row that matches says it.
constexpr Range4 kRanges4[] = {
    {dotted(0, 0, 0, 0), 8, AddressKind::kUnspecified},
    {dotted(10, 0, 0, 0), 8, AddressKind::kPrivate},
    {dotted(100, 64, 0, 0), 10, AddressKind::kSharedSpace},
    {dotted(127, 0, 0, 0), 8, AddressKind::kLoopback},
    {dotted(169, 254, 0, 0), 16, AddressKind::kLinkLocal},
    {dotted(172, 16, 0, 0), 12, AddressKind::kPrivate},
    {dotted(192, 0, 0, 0), 24, AddressKind::kReserved},
    {dotted(192, 0, 2, 0), 24, AddressKind::kDocumentation},
    {dotted(192, 88, 99, 0), 24, AddressKind::kReserved},
    {dotted(192, 168, 0, 0), 16, AddressKind::kPrivate},
    {dotted(198, 18, 0, 0), 15, AddressKind::kReserved},
    {dotted(198, 51, 100, 0), 24, AddressKind::kDocumentation},
    {dotted(203, 0, 113, 0), 24, AddressKind::kDocumentation},
    {dotted(224, 0, 0, 0), 4, AddressKind::kMulticast},
    {dotted(255, 255, 255, 255), 32, AddressKind::kBroadcast},
    {dotted(240, 0, 0, 0), 4, AddressKind::kReserved},
};

using Bytes = std::array<std::uint8_t, 16>;

// An IPv4 address inside an IPv6 one: behind which prefix, and where.
struct Disguise {
  Bytes prefix;
  std::size_t bits;
  std::size_t at;  // first byte of the IPv4 address
};

constexpr Disguise kDisguises[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, 12},  // mapped
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, 12},        // translated, ::ffff:0:a.b.c.d
    {{}, 96, 12},                                          // compatible, ::a.b.c.d
    {{0x20, 0x02}, 16, 2},                                 // 6to4
    {{0, 0x64, 0xFF, 0x9B}, 96, 12},                       // NAT64
};

struct Range6 {
  Bytes prefix;
  std::size_t bits;
  AddressKind kind;
};

constexpr Range6 kRanges6[] = {
    {{}, 128, AddressKind::kUnspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, AddressKind::kLoopback},
    {{0xFC}, 7, AddressKind::kUniqueLocal},
    {{0xFE, 0xC0}, 10, AddressKind::kUniqueLocal},
    {{0xFE, 0x80}, 10, AddressKind::kLinkLocal},
    {{0xFF}, 8, AddressKind::kMulticast},
    {{0x20, 0x01, 0x0D, 0xB8}, 32, AddressKind::kDocumentation},
    {{0x3F, 0xFF}, 20, AddressKind::kDocumentation},
    {{0x20, 0x01, 0x00, 0x00}, 23, AddressKind::kReserved},  // Teredo, ORCHID and the rest of protocol assignments
};

bool begins_with(const Bytes& bytes, const Bytes& prefix, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00u >> (bits % 8));
  return (bytes[whole] & mask) == (prefix[whole] & mask);
}

AddressKind kind_of_v4(std::uint32_t address) {
  for (const Range4& range : kRanges4) {
    const std::uint32_t mask = range.bits == 32 ? ~0u : ~(~0u >> range.bits);
    if ((address & mask) == range.first) return range.kind;
  }
  return AddressKind::kPublic;
}

std::uint32_t number_at(const Bytes& bytes, std::size_t at) {
  return dotted(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

AddressKind kind_of_v6(const Bytes& bytes) {
  for (const Range6& range : kRanges6) {
    if (begins_with(bytes, range.prefix, range.bits)) return range.kind;
  }
  for (const Disguise& disguise : kDisguises) {
    if (!begins_with(bytes, disguise.prefix, disguise.bits)) continue;
    const bool is_public = kind_of_v4(number_at(bytes, disguise.at)) == AddressKind::kPublic;
    return is_public ? AddressKind::kPublic : AddressKind::kDisguised;
  }
  // Of all others only 2000::/3 has been given out.
  return (bytes[0] & 0xE0) == 0x20 ? AddressKind::kPublic : AddressKind::kReserved;
}

}  // namespace

std::string_view kind_text(AddressKind kind) {
  switch (kind) {
    case AddressKind::kPublic:
      return "a public address";
    case AddressKind::kLoopback:
      return "a loopback address";
    case AddressKind::kPrivate:
      return "a private address";
    case AddressKind::kSharedSpace:
      return "an address of the shared space 100.64.0.0/10";
    case AddressKind::kUniqueLocal:
      return "a unique local address";
    case AddressKind::kLinkLocal:
      return "a link-local address";
    case AddressKind::kUnspecified:
      return "an unspecified address";
    case AddressKind::kMulticast:
      return "a multicast address";
    case AddressKind::kBroadcast:
      return "the broadcast address";
    case AddressKind::kDocumentation:
      return "an address for documentation";
    case AddressKind::kReserved:
      return "a reserved address";
    case AddressKind::kDisguised:
      return "an IPv4 address that is not public, in the form of an IPv6 one";
  }
  return "no address";
}

AddressKind kind_of(const IpAddress& address) {
  return address.is_v6 ? kind_of_v6(address.bytes) : kind_of_v4(number_at(address.bytes, 0));
}

std::string text_of(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  IpAddress address;
  address.is_v6 = text.find(':') != std::string_view::npos;
  const std::string ended(text);
  const bool has_nul = ended.find('\0') != std::string::npos;
  if (has_nul || ::inet_pton(address.is_v6 ? AF_INET6 : AF_INET, ended.c_str(), address.bytes.data()) != 1) return {};
  return address;
}

std::optional<IpAddress> address_of(const sockaddr& address) {
  IpAddress result;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(result.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
    return result;
  }
  if (address.sa_family != AF_INET6) return {};
  sockaddr_in6 v6;
  std::memcpy(&v6, &address, sizeof v6);
  std::memcpy(result.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  result.is_v6 = true;
  return result;
}

bool is_odd_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (parse_address(host)) return false;
  std::string_view last = host.substr(host.rfind('.') + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto hex = [&](char c) { return digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
  if (last.starts_with("0x") || last.starts_with("0X")) {
    last.remove_prefix(2);
    return std::all_of(last.begin(), last.end(), hex);
  }
  return !last.empty() && std::all_of(last.begin(), last.end(), digit);
}

bool is_metadata_service(const IpAddress& address) {
  static constexpr std::string_view kServices[] = {
      "fd00:ec2::254",    // Amazon
      "fd20:ce::254",     // Google
      "100.100.100.200",  // Alibaba
      "168.63.129.16",    // Azure's wire server
  };
  IpAddress plain = address;
  for (const Disguise& disguise : kDisguises) {
    if (!address.is_v6 || !begins_with(address.bytes, disguise.prefix, disguise.bits)) continue;
    plain = IpAddress{};
    std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(disguise.at), 4, plain.bytes.begin());
    break;
  }
  return std::any_of(std::begin(kServices), std::end(kServices),
                     [&](std::string_view service) { return parse_address(service) == plain; });
}

bool may_reach(Reach reach, AddressKind kind) {
  switch (kind) {
    case AddressKind::kPublic:
      return true;
    case AddressKind::kLoopback:
    case AddressKind::kPrivate:
    case AddressKind::kSharedSpace:
    case AddressKind::kUniqueLocal:
      return reach != Reach::kPublic;
    case AddressKind::kLinkLocal:
      return reach == Reach::kNamed;
    default:
      return false;
  }
}

}  // namespace sojourn
