#include "runtime/base/address_rules.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace sojourn {
namespace {

struct Row {
  const char* text;
  AddressKind kind;
};

constexpr Row kRows[] = {
    // Public, among them the neighbours of what is not.
    {"1.1.1.1", AddressKind::kPublic},
    {"8.8.8.8", AddressKind::kPublic},
    {"9.255.255.255", AddressKind::kPublic},
    {"11.0.0.0", AddressKind::kPublic},
    {"100.63.255.255", AddressKind::kPublic},
    {"100.128.0.0", AddressKind::kPublic},
    {"126.255.255.255", AddressKind::kPublic},
    {"128.0.0.0", AddressKind::kPublic},
    {"169.253.255.255", AddressKind::kPublic},
    {"169.255.0.0", AddressKind::kPublic},
    {"172.15.255.255", AddressKind::kPublic},
    {"172.32.0.0", AddressKind::kPublic},
    {"191.255.255.255", AddressKind::kPublic},
    {"192.0.1.0", AddressKind::kPublic},
    {"192.0.3.0", AddressKind::kPublic},
    {"192.88.98.255", AddressKind::kPublic},
    {"192.88.100.0", AddressKind::kPublic},
    {"192.167.255.255", AddressKind::kPublic},
    {"192.169.0.0", AddressKind::kPublic},
    {"198.17.255.255", AddressKind::kPublic},
    {"198.20.0.0", AddressKind::kPublic},
    {"198.51.99.255", AddressKind::kPublic},
    {"198.51.101.0", AddressKind::kPublic},
    {"203.0.112.255", AddressKind::kPublic},
    {"203.0.114.0", AddressKind::kPublic},
    {"223.255.255.255", AddressKind::kPublic},
    {"2001:4860:4860::8888", AddressKind::kPublic},
    {"2606:4700::1111", AddressKind::kPublic},
    {"2001:200::1", AddressKind::kPublic},
    {"2001:db7:ffff::1", AddressKind::kPublic},
    {"2001:db9::", AddressKind::kPublic},
    {"2003::1", AddressKind::kPublic},
    {"3ffe:ffff::", AddressKind::kPublic},
    // Of this host.
    {"127.0.0.1", AddressKind::kLoopback},
    {"127.0.0.0", AddressKind::kLoopback},
    {"127.0.1.1", AddressKind::kLoopback},
    {"127.255.255.255", AddressKind::kLoopback},
    {"::1", AddressKind::kLoopback},
    {"0:0:0:0:0:0:0:1", AddressKind::kLoopback},
    {"0.0.0.0", AddressKind::kUnspecified},
    {"0.0.0.1", AddressKind::kUnspecified},
    {"0.255.255.255", AddressKind::kUnspecified},
    {"::", AddressKind::kUnspecified},
    // Of its network.
    {"10.0.0.0", AddressKind::kPrivate},
    {"10.1.2.3", AddressKind::kPrivate},
    {"10.255.255.255", AddressKind::kPrivate},
    {"172.16.0.0", AddressKind::kPrivate},
    {"172.17.0.1", AddressKind::kPrivate},
    {"172.31.255.255", AddressKind::kPrivate},
    {"192.168.0.0", AddressKind::kPrivate},
    {"192.168.1.1", AddressKind::kPrivate},
    {"192.168.255.255", AddressKind::kPrivate},
    {"100.64.0.0", AddressKind::kSharedSpace},
    {"100.100.100.200", AddressKind::kSharedSpace},  // another cloud's metadata
    {"100.127.255.255", AddressKind::kSharedSpace},
    {"169.254.0.0", AddressKind::kLinkLocal},
    {"169.254.169.254", AddressKind::kLinkLocal},
    {"169.254.170.2", AddressKind::kLinkLocal},
    {"169.254.255.255", AddressKind::kLinkLocal},
    {"fe80::", AddressKind::kLinkLocal},
    {"fe80::1", AddressKind::kLinkLocal},
    {"febf:ffff::1", AddressKind::kLinkLocal},
    {"fc00::", AddressKind::kUniqueLocal},
    {"fd00::1", AddressKind::kUniqueLocal},
    {"fd00:ec2::254", AddressKind::kUniqueLocal},  // metadata over IPv6
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AddressKind::kUniqueLocal},
    {"fec0::1", AddressKind::kUniqueLocal},
    {"feff::1", AddressKind::kUniqueLocal},
    // Of many.
    {"224.0.0.0", AddressKind::kMulticast},
    {"224.0.0.1", AddressKind::kMulticast},
    {"239.255.255.255", AddressKind::kMulticast},
    {"ff00::", AddressKind::kMulticast},
    {"ff02::1", AddressKind::kMulticast},
    {"255.255.255.255", AddressKind::kBroadcast},
    // Of nobody.
    {"192.0.2.1", AddressKind::kDocumentation},
    {"198.51.100.1", AddressKind::kDocumentation},
    {"203.0.113.1", AddressKind::kDocumentation},
    {"2001:db8::1", AddressKind::kDocumentation},
    {"3fff::1", AddressKind::kDocumentation},
    {"3fff:fff::1", AddressKind::kDocumentation},
    {"192.0.0.1", AddressKind::kReserved},
    {"192.0.0.170", AddressKind::kReserved},
    {"192.88.99.1", AddressKind::kReserved},
    {"198.18.0.1", AddressKind::kReserved},
    {"198.19.255.255", AddressKind::kReserved},
    {"240.0.0.1", AddressKind::kReserved},
    {"255.255.255.254", AddressKind::kReserved},
    {"2001::1", AddressKind::kReserved},  // Teredo
    {"2001:0:7f00:1::", AddressKind::kReserved},
    {"2001:10::1", AddressKind::kReserved},
    {"2001:1ff:ffff::", AddressKind::kReserved},
    {"64:ff9b:1::7f00:1", AddressKind::kReserved},  // NAT64 within a network
    {"100::1", AddressKind::kReserved},
    {"1::1", AddressKind::kReserved},
    {"4000::1", AddressKind::kReserved},
    {"5f00::1", AddressKind::kReserved},
    {"e000::1", AddressKind::kReserved},
    {"fe00::1", AddressKind::kReserved},
    {"::1:0:0:1", AddressKind::kReserved},
    // IPv4 in disguise.
    {"::ffff:127.0.0.1", AddressKind::kDisguised},
    {"::ffff:7f00:1", AddressKind::kDisguised},
    {"0:0:0:0:0:ffff:10.0.0.1", AddressKind::kDisguised},
    {"::FFFF:192.168.1.1", AddressKind::kDisguised},
    {"::ffff:169.254.169.254", AddressKind::kDisguised},
    {"::ffff:a9fe:a9fe", AddressKind::kDisguised},
    {"::ffff:100.64.0.1", AddressKind::kDisguised},
    {"::ffff:0.0.0.0", AddressKind::kDisguised},
    {"::ffff:224.0.0.1", AddressKind::kDisguised},
    {"::ffff:255.255.255.255", AddressKind::kDisguised},
    {"::ffff:192.0.2.1", AddressKind::kDisguised},
    {"::ffff:0:127.0.0.1", AddressKind::kDisguised},
    {"::ffff:0:10.0.0.1", AddressKind::kDisguised},
    {"::127.0.0.1", AddressKind::kDisguised},
    {"::10.0.0.1", AddressKind::kDisguised},
    {"::a9fe:a9fe", AddressKind::kDisguised},
    {"::2", AddressKind::kDisguised},
    {"2002:7f00:1::", AddressKind::kDisguised},
    {"2002:7f00:1::1", AddressKind::kDisguised},
    {"2002:a00:1::", AddressKind::kDisguised},
    {"2002:c0a8:101:1::1", AddressKind::kDisguised},
    {"2002:a9fe:a9fe::", AddressKind::kDisguised},
    {"2002::", AddressKind::kDisguised},
    {"64:ff9b::127.0.0.1", AddressKind::kDisguised},
    {"64:ff9b::7f00:1", AddressKind::kDisguised},
    {"64:ff9b::10.0.0.1", AddressKind::kDisguised},
    {"64:ff9b::169.254.169.254", AddressKind::kDisguised},
    {"::ffff:8.8.8.8", AddressKind::kPublic},
    {"::8.8.8.8", AddressKind::kPublic},
    {"2002:808:808::1", AddressKind::kPublic},
    {"64:ff9b::8.8.8.8", AddressKind::kPublic},
};

}  // namespace

TEST_CASE("address rules: each address of the table is what the table says") {
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const auto address = parse_address(row.text);
    REQUIRE(address);
    CHECK(kind_text(kind_of(*address)) == kind_text(row.kind));
  }
}

TEST_CASE("address rules: no reach but the public one is given without being asked for, and some never") {
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const AddressKind kind = row.kind;
    CHECK(may_reach(Reach::kPublic, kind) == (kind == AddressKind::kPublic));
    const bool is_local = kind == AddressKind::kLoopback || kind == AddressKind::kPrivate ||
                          kind == AddressKind::kSharedSpace || kind == AddressKind::kUniqueLocal;
    CHECK(may_reach(Reach::kPrivate, kind) == (kind == AddressKind::kPublic || is_local));
    CHECK(may_reach(Reach::kNamed, kind) ==
          (kind == AddressKind::kPublic || is_local || kind == AddressKind::kLinkLocal));
  }
}

TEST_CASE("address rules: an address has one spelling in messages") {
  CHECK(text_of(*parse_address("127.0.0.1")) == "127.0.0.1");
  CHECK(text_of(*parse_address("2001:DB8:0:0:0:0:0:1")) == "2001:db8::1");
  CHECK(text_of(*parse_address("::FFFF:7F00:1")) == "::ffff:127.0.0.1");
}

TEST_CASE("address rules: odd spellings are no addresses, and are known for what they want to be") {
  for (const char* odd :
       {"127.1", "127.0.1", "0177.0.0.1", "127.0.0.01", "0x7f.0.0.1", "0x7f000001", "2130706433", "0", "017700000001",
        "10.1", "1.2.3.4.5", "256.0.0.1", "127.0.0.0x1", "127.1.", "99999999999", "a.b.1", "0X7F.1", "1.2.3.0x"}) {
    CAPTURE(odd);
    CHECK(!parse_address(odd));
    CHECK(is_odd_number(odd));
  }
  for (const char* name : {"db.internal", "localhost", "example.com", "1.example", "0x7f.example", "a1", "db-1", "x0x1",
                           "127.0.0.1", "::1", "example.com."}) {
    CAPTURE(name);
    CHECK(!is_odd_number(name));
  }
  for (const char* text : {"", "127.0.0.1 ", " 127.0.0.1", "[::1]", "fe80::1%lo", "::1/128", "127.0.0.1:80", "1:2",
                           ":::", "::ffff:127.1", "12345::", "localhost"}) {
    CAPTURE(text);
    CHECK(!parse_address(text));
  }
  CHECK(!parse_address(std::string_view("127.0.0.1\0.example", 18)));
}

TEST_CASE("address rules: the metadata services of clouds are known, also in the form of an IPv6 address") {
  for (const char* text :
       {"fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "::ffff:168.63.129.16"}) {
    CAPTURE(text);
    CHECK(is_metadata_service(*parse_address(text)));
  }
  for (const char* text : {"fd00:ec2::255", "100.100.100.201", "8.8.8.8", "::ffff:8.8.8.8", "::1"}) {
    CAPTURE(text);
    CHECK(!is_metadata_service(*parse_address(text)));
  }
}

TEST_CASE("address rules: what connect() gets is what is judged") {
  sockaddr_storage storage{};
  sockaddr& address = reinterpret_cast<sockaddr&>(storage);
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0A000001);
  CHECK(text_of(*address_of(address)) == "10.0.0.1");
  storage = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  CHECK(text_of(*address_of(address)) == "::1");
  storage = {};
  storage.ss_family = AF_UNIX;
  CHECK(!address_of(address));
}

}  // namespace sojourn
