#include "gateway/supervisor/role_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/gateway.h"
#include "gateway/supervisor/role.h"
#include "runtime/egress/broker.h"
#include "runtime/sandbox/warden/warden.h"

namespace sojourn {
namespace {

// What went wrong is a fault of ours: nobody types these settings.
int refuse(std::string_view role, const Error& error) {
  Log(STDERR_FILENO, LogLevel::kError).error(error.at(role).text());
  return 2;
}

// The gateway's memory holds every secret: no core of it is written, and no process of the same user looks into it.
void guard_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)  // whose search for leaks looks into it, from a thread of its own
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace

int run_gateway_role(std::span<const char* const> arguments) {
  const Result<GatewayRole> role = parse_gateway_role(arguments);
  if (!role) return refuse(GatewayRole::kCommand, role.error());
  ::prctl(PR_SET_NAME, "sojourn-gateway", 0, 0, 0);
  guard_memory();
  GatewayOptions options;
  for (int i = 0; i < role->sockets; ++i) options.listening.push_back(kRoleListeningFd + i);
  options.supervisor = kRoleLinkFd;
  options.data_directory = role->data;
  options.public_url = role->url;
  options.dev = role->dev;
  options.allow_private = role->allow_private;
  options.files = role->files;
  options.behind_proxy = role->behind_proxy;
  options.check_loopback_host = role->check_loopback_host;
  options.version = product_version();
  options.log_level = role->log_level;
  if (role->log_level > LogLevel::kInfo) options.access_log_fd = -1;  // a line per request is information
  return run_gateway(options);
}

int run_warden_role(std::span<const char* const> arguments) {
  const Result<WardenRole> role = parse_warden_role(arguments);
  if (!role) return refuse(WardenRole::kCommand, role.error());
  ::prctl(PR_SET_NAME, "sojourn-warden", 0, 0, 0);
  WardenOptions options;
  options.link = kRoleLinkFd;
  options.log_level = role->log_level;
  options.artifacts_directory = role->data + "/artifacts";
  options.stems_directory = role->data + "/stems";
  options.parent = ::getppid();
  options.walls = role->allow_reduced ? WardenWalls::kAllowReduced : WardenWalls::kRequireAll;
  return run_warden(options);
}

int run_broker_role(std::span<const char* const> arguments) {
  const Result<BrokerRole> role = parse_broker_role(arguments);
  if (!role) return refuse(BrokerRole::kCommand, role.error());
  ::prctl(PR_SET_NAME, "sojourn-broker", 0, 0, 0);
  BrokerOptions options;
  options.link = kRoleLinkFd;
  options.log_level = role->log_level;
  options.private_addresses = role->allow_private ? PrivateAddresses::kPermitted : PrivateAddresses::kDenied;
  return run_broker(options);
}

}  // namespace sojourn
