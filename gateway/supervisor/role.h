// The roles in which this program starts itself again, and how one process tells the other what to be: a hidden
// subcommand, `sojourn __gateway …`, `sojourn __warden …` or `sojourn __broker …`, its settings as `--key=value` (so
// that a process list shows them), and descriptors at fixed numbers.
//
// Thread: any; values and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/supervisor/product_version.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr int kRoleLinkFd = 3;       // gateway: to the supervisor; warden and broker: to their gateway
inline constexpr int kRoleLockFd = 4;       // gateway: keeps the data directory locked while it lives
inline constexpr int kRoleListeningFd = 5;  // gateway: the first of its listening sockets, the others follow

struct GatewayRole {
  static constexpr std::string_view kCommand = "__gateway";

  std::string data;  // the data directory
  std::string url;   // how clients reach the server
  int sockets = 1;   // listening ones, from kRoleListeningFd on
  bool dev = false;
  bool allow_private = false;      // loopback and private addresses may be reached where a manifest says so
  std::vector<std::string> files;  // directories below which files triggers may watch
  bool behind_proxy = false;
  bool check_loopback_host = true;  // refuse requests whose Host is not loopback
  LogLevel log_level = LogLevel::kInfo;
  bool operator==(const GatewayRole&) const = default;
};

struct WardenRole {
  static constexpr std::string_view kCommand = "__warden";

  std::string data;
  bool allow_reduced = false;  // go on with fewer walls than the security model requires
  LogLevel log_level = LogLevel::kInfo;
  bool operator==(const WardenRole&) const = default;
};

struct BrokerRole {
  static constexpr std::string_view kCommand = "__broker";

  bool allow_private = false;
  LogLevel log_level = LogLevel::kInfo;
  bool operator==(const BrokerRole&) const = default;
};

// The command and its settings, as start_child takes them.
std::vector<std::string> arguments(const GatewayRole& role);
std::vector<std::string> arguments(const WardenRole& role);
std::vector<std::string> arguments(const BrokerRole& role);

// The same backwards, from what follows the command. Refuses what it does not know: these are no options for people.
Result<GatewayRole> parse_gateway_role(std::span<const char* const> arguments);
Result<WardenRole> parse_warden_role(std::span<const char* const> arguments);
Result<BrokerRole> parse_broker_role(std::span<const char* const> arguments);

}  // namespace sojourn
