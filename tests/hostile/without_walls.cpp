// The whole product, built once more for tests only, with the walls left out that its own file name tells after
// `sojourn-without-`: a copy called `sojourn-without-seccomp+landlock` makes sandboxes without these two. A name is
// what survives the cleaned environments between the supervisor, its warden and the templates.
#include <csignal>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>

#include "gateway/cli/command_line.h"
#include "gateway/supervisor/role.h"
#include "gateway/supervisor/role_process.h"
#include "runtime/sandbox/policy/wall_switch.h"

namespace {

constexpr std::string_view kPrefix = "sojourn-without-";

// What the program file's name says; lives as long as the process.
const std::string& walls_in_own_name() {
  static const std::string walls = [] {
    char path[4096];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    std::string name(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    name.erase(0, name.rfind('/') + 1);
    return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::string();
  }();
  return walls;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!walls_in_own_name().empty()) sojourn::leave_out(walls_in_own_name().c_str());
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  const std::string_view role = argc > 1 ? arguments[1] : "";
  if (role == sojourn::GatewayRole::kCommand) return sojourn::run_gateway_role(arguments.subspan(2));
  if (role == sojourn::WardenRole::kCommand) return sojourn::run_warden_role(arguments.subspan(2));
  return sojourn::cli::run_command_line(argc, argv);
}
