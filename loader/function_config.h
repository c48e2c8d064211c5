// The configuration of one function version, as resolved from the manifest or from deploy options: plain data,
// with every default filled in. It is what function.json in the deployment repository holds and what two versions
// are compared by.
//
// Thread: a value; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loader/access.h"
#include "loader/pipeline.h"

namespace sojourn {

enum class Isolation {
  kReuse,  // an instance serves many calls, one at a time
  kFresh,  // a new process for every call
};

struct InstanceLimits {
  int min = 0;
  int max = 8;
  std::chrono::milliseconds idle{60'000};  // an instance unused for this long retires, down to min
  bool operator==(const InstanceLimits&) const = default;
};

struct Backlog {
  int length = 100;                        // calls that may wait; one more is 429
  std::chrono::milliseconds wait{10'000};  // a call that waited this long is 503
  bool operator==(const Backlog&) const = default;
};

struct Probe {
  std::string path = "/";
  std::chrono::milliseconds every{10'000};
  int failures = 3;  // in a row, until the instance is retired
  bool operator==(const Probe&) const = default;
};

inline constexpr std::size_t kConnectNameMax = 31;  // bytes
inline constexpr std::size_t kConnectNamesMax = 7;  // of one function: their sockets fit into one message

// Where one of the names under `connect` leads: a TCP connection.
struct ConnectTarget {
  std::string host;  // a DNS name or an address, IPv6 without brackets
  std::uint16_t port = 0;
  bool is_private = false;  // may be a loopback or private address, where the server permits that
  bool operator==(const ConnectTarget&) const = default;
};

// One of a function's decorators, as the manifest names it.
struct DecoratorUse {
  std::string use;    // NAME or NAME@N
  std::string with;   // JSON text, or empty
  bool fuse = false;  // in the function's own sandbox
  bool operator==(const DecoratorUse&) const = default;
};

struct FunctionConfig {
  std::string entry;  // the note's name when the object holds several functions; empty: its only one
  Isolation isolation = Isolation::kReuse;
  InstanceLimits instances;
  std::chrono::milliseconds timeout{30'000};
  std::uint64_t memory = 128u << 20;     // bytes per instance
  double cpu = 1.0;                      // CPUs of the whole version's instances together, for cgroups
  std::uint64_t tmp = 16u << 20;         // bytes of /tmp, per template
  int threads = 8;                       // per instance
  std::uint64_t body_limit = 6u << 20;   // bytes
  std::uint64_t reply_limit = 6u << 20;  // bytes
  std::uint64_t log_limit = 64u << 10;   // bytes per call
  Backlog backlog;
  std::map<std::string, std::string> env;
  std::string with;                  // JSON text, or empty
  std::vector<std::string> secrets;  // names of those that its instances are given
  Access access;
  std::optional<Cors> cors;
  std::optional<Probe> probe;
  std::map<std::string, ConnectTarget> connect;  // none: no network at all
  std::vector<DecoratorUse> decorators;          // outermost first
  std::vector<std::string> calls;                // functions that it may call
  std::vector<std::string> emits;                // event types that it may emit: a type, `com.example.*`, or `*`
  std::vector<std::string> enqueues;             // queues that it may put items into
  std::vector<Trigger> triggers;                 // what calls it beside HTTP
  RetryPolicy retry;                             // of its asynchronous calls and its own triggers
  bool operator==(const FunctionConfig&) const = default;
};

inline constexpr std::size_t kSecretsPerFunctionMax = 16;
inline constexpr std::size_t kEmitsMax = 64;     // patterns of one function
inline constexpr std::size_t kEnqueuesMax = 64;  // queues of one function

}  // namespace sojourn
