#include "runtime/egress/broker.h"

#include <algorithm>
#include <cstdlib>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/egress/broker_desk.h"
#include "runtime/sandbox/policy/broker_walls.h"

namespace sojourn {
namespace {

constexpr rlim_t kDescriptorsWanted = 3 * BrokerDesk::kConnectionsMax;

// Names that are slow to resolve hold a thread each; with so many, a few of them stop nobody else.
constexpr char kResolverThreads[] = "128";

void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_max, kDescriptorsWanted);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_broker(const BrokerOptions& options) {
  const Log log(options.log_fd, options.log_level);
  // Ctrl-C is for the supervisor; the broker ends when its link does.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  ::setenv("UV_THREADPOOL_SIZE", kResolverThreads, 1);
  raise_open_files();
  if (const Status walls = raise_broker_walls(); !walls) {
    log.error(walls.error().at("broker").text());
    return 1;
  }
  Loop loop;
  const BrokerDesk desk(loop, UniqueFd(options.link), options.private_addresses, resolve_host, [&] { loop.stop(); });
  loop.run();
#if defined(__SANITIZE_ADDRESS__)
  ::_exit(0);  // a search for leaks would begin with a process of its own, which the walls refuse
#endif
  return 0;
}

}  // namespace sojourn
