// What an IP address is, for whoever connects out on behalf of somebody else: a public address, or one that only means
// something on this host or in its network. Functions that may connect out reach public addresses; what else they may
// reach, they must have been given on purpose.
//
// An IPv4 address in the clothes of an IPv6 one (mapped, compatible, 6to4, NAT64) is what the address inside is: public
// as that one is public, else kDisguised, which nobody may reach: who wants it writes it plainly.
//
// The rules look at the bytes that connect() gets and never at a text, so that no spelling walks round them.
//
// Thread: any; values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace sojourn {

enum class AddressKind : std::uint8_t {
  kPublic,
  kLoopback,       // 127/8, ::1
  kPrivate,        // 10/8, 172.16/12, 192.168/16
  kSharedSpace,    // 100.64/10, between a provider and its customers
  kUniqueLocal,    // fc00::/7, fec0::/10
  kLinkLocal,      // 169.254/16 with the metadata service of clouds, fe80::/10
  kUnspecified,    // 0/8, ::
  kMulticast,      // 224/4, ff00::/8
  kBroadcast,      // 255.255.255.255
  kDocumentation,  // 192.0.2/24, 198.51.100/24, 203.0.113/24, 2001:db8::/32, 3fff::/20
  kReserved,       // 192.0.0/24, 192.88.99/24, 198.18/15, 240/4, and of IPv6 what is not given out
  kDisguised,      // an IPv4 address that is not public, inside an IPv6 one
};

// "a private address": how a message calls one of that kind.
std::string_view kind_text(AddressKind kind);

// An IPv4 address in the first four bytes, or an IPv6 address.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6 = false;
  bool operator==(const IpAddress&) const = default;
};

AddressKind kind_of(const IpAddress& address);

// "192.0.2.1", "2001:db8::1", each in its one shortest spelling.
std::string text_of(const IpAddress& address);

// Four decimal numbers with dots, or an IPv6 address without brackets and without a zone. Nothing else: no leading
// zeros, no octal or hexadecimal numbers, no fewer parts.
std::optional<IpAddress> parse_address(std::string_view text);

// The address of an AF_INET or AF_INET6 socket address; nothing of another family.
std::optional<IpAddress> address_of(const sockaddr& address);

// Whether a host's name is meant as a number by some libraries (its last label is all digits, or hexadecimal with 0x),
// though parse_address does not take it: "127.1", "0x7f000001", "2130706433", "0177.0.0.1".
bool is_odd_number(std::string_view host);

// Whether a cloud answers there with what a machine may know about itself, credentials too, on an address that the
// ranges above would let pass for a public, shared or unique local one. (The usual one, 169.254.169.254, is
// link-local.)
bool is_metadata_service(const IpAddress& address);

// How far somebody may reach.
enum class Reach : std::uint8_t {
  kPublic,   // public addresses
  kPrivate,  // and loopback, private, shared and unique local ones
  kNamed,    // and link-local ones: the very address was written down by whoever may allow it
};
bool may_reach(Reach reach, AddressKind kind);

}  // namespace sojourn
