// The composition root: one program in four roles. `sojourn serve` is the supervisor, which starts this program again
// as gateway, as warden and as broker (gateway/supervisor/role.h); everything else is a command of gateway/cli.
#include <csignal>
#include <span>
#include <string_view>

#include "gateway/cli/command_line.h"
#include "gateway/supervisor/role.h"
#include "gateway/supervisor/role_process.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  const std::string_view role = argc > 1 ? arguments[1] : "";
  if (role == sojourn::GatewayRole::kCommand) return sojourn::run_gateway_role(arguments.subspan(2));
  if (role == sojourn::WardenRole::kCommand) return sojourn::run_warden_role(arguments.subspan(2));
  if (role == sojourn::BrokerRole::kCommand) return sojourn::run_broker_role(arguments.subspan(2));
  return sojourn::cli::run_command_line(argc, argv);
}
