// What the gateway and the broker say to each other: fixed-size messages, one per SOCK_SEQPACKET packet. The broker
// believes no more than it must: it looks at every address itself, and what it may reach at all is decided by how it
// was started.
//
// Thread: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sojourn {

enum class BrokerMessageType : std::uint32_t {
  kOpen = 1,    // -> OpenRequest, and one descriptor: the stream socket to join with the connection
  kOpened = 2,  // <- OpenReply, once per request
  kEnded = 3,   // <- EndReport, once per connection that was opened
};

struct OpenRequest {
  BrokerMessageType type = BrokerMessageType::kOpen;
  std::uint16_t port;
  std::uint8_t is_private;     // 1: the manifest lets it be a loopback or private address
  std::uint8_t announce;       // 1: the function is sent a 32-bit 0 before the first byte of the connection
  std::uint64_t id;            // chosen by the gateway; names the connection from here on
  std::array<char, 256> host;  // NUL-terminated
};

enum class OpenOutcome : std::uint32_t {
  kOpened = 0,
  kUnresolved = 1,    // the name has no address; `error` is of getaddrinfo
  kForbidden = 2,     // no address it may reach; `kind` says what the last one is, `address` which
  kNotPermitted = 3,  // as kForbidden, but the manifest allows it: this server does not
  kFailed = 4,        // `error` is errno of the last address
  kTimedOut = 5,      // kOpenMax passed
  kTooMany = 6,       // the broker is at one of its own bounds
};

struct OpenReply {
  BrokerMessageType type = BrokerMessageType::kOpened;
  OpenOutcome outcome;
  std::uint64_t id;
  std::int32_t error;
  std::uint8_t kind;             // AddressKind of `address`
  std::array<char, 51> address;  // NUL-terminated; empty where none was looked at
};

struct EndReport {
  BrokerMessageType type = BrokerMessageType::kEnded;
  std::uint32_t reserved;
  std::uint64_t id;
  std::uint64_t sent;      // bytes from the function
  std::uint64_t received;  // bytes to the function
};

inline constexpr std::size_t kBrokerMessageMax = 512;  // bytes
static_assert(sizeof(OpenRequest) <= kBrokerMessageMax);

}  // namespace sojourn
