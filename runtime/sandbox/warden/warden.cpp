#include "runtime/sandbox/warden/warden.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

#include "runtime/sandbox/policy/cgroup.h"
#include "runtime/sandbox/policy/seccomp_filter.h"
#include "runtime/sandbox/policy/wall_switch.h"
#include "runtime/sandbox/warden/startup.h"
#include "runtime/sandbox/warden/template_image.h"
#include "runtime/sandbox/warden/warden_loop.h"

namespace sojourn {
namespace {

// What stands for every template because the kernel let the clone and the limits through; a stem adds its own.
std::uint64_t walls_of_every_stem() {
  std::uint64_t walls = kWallMountNamespace | kWallCgroupNamespace;
  if (stands(TestedWall::kUserNamespace)) walls |= kWallUserNamespace;
  if (stands(TestedWall::kPidNamespace)) walls |= kWallPidNamespace;
  if (stands(TestedWall::kNetworkNamespace)) walls |= kWallNetworkNamespace;
  if (stands(TestedWall::kIpcNamespace)) walls |= kWallIpcNamespace;
  if (stands(TestedWall::kUtsNamespace)) walls |= kWallUtsNamespace;
  if (stands(TestedWall::kRlimits)) walls |= kWallRlimits;
  return walls;
}

std::uint64_t walls_of(const CgroupTree& cgroups) {
  std::uint64_t walls = 0;
  if (cgroups.controllers() & kCgroupMemory) walls |= kWallCgroupMemory;
  if (cgroups.controllers() & kCgroupPids) walls |= kWallCgroupPids;
  if (cgroups.controllers() & kCgroupCpu) walls |= kWallCgroupCpu;
  return walls;
}

// Everything stems are made from, and the powers left to make them with.
struct Workshop {
  UniqueFd image;
  UniqueFd filters;
  UniqueFd connecting_filters;
  UniqueFd null;
  std::uint64_t walls = 0;
  std::unique_ptr<StemTable> stems;
};

Result<Workshop> set_up(const WardenOptions& options) {
  auto artifacts = ArtifactLinks::open(options.artifacts_directory);
  if (!artifacts) return artifacts.error();
  auto directories = StemDirectories::open(options.stems_directory);
  if (!directories) return directories.error();
  directories->remove_leftovers([&](int directory) { artifacts->unlink(directory); });
  CgroupTree cgroups = stands(TestedWall::kCgroups) ? CgroupTree::open(directories->unique_name()) : CgroupTree();
  auto image = make_template_image();
  if (!image) return image.error();
  const FatalCalls fatal = options.log_level == LogLevel::kDebug ? FatalCalls::kName : FatalCalls::kKill;
  auto filters = build_filters(StemKind::kClosed, fatal);
  if (!filters) return filters.error();
  auto connecting_filters = build_filters(StemKind::kConnecting, fatal);
  if (!connecting_filters) return connecting_filters.error();
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return system_error("open /dev/null", errno);

  const pid_t parent = options.parent != 0 ? options.parent : ::getppid();
  const auto uid_mode = drop_powers();
  if (!uid_mode) return uid_mode.error();
  if (Status dying = die_with_parent(parent); !dying) return dying.error();

  StemRecipe recipe;
  recipe.image = image->get();
  recipe.filters = {filters->get(), connecting_filters->get()};
  recipe.null = null.get();
  recipe.own_uid = *uid_mode == UidMode::kOwnUid;
  recipe.first_uid = options.first_uid;
  recipe.wall_argument = options.walls == WardenWalls::kAllowReduced ? kAllowFewerWalls : kRequireAllWalls;
  Workshop workshop{
      *std::move(image), *std::move(filters), *std::move(connecting_filters), std::move(null), 0, nullptr};
  workshop.walls = walls_of_every_stem() | walls_of(cgroups) |
                   (recipe.own_uid && stands(TestedWall::kUserNamespace) ? std::uint64_t{kWallOwnUid} : 0u);
  workshop.stems =
      std::make_unique<StemTable>(recipe, *std::move(directories), *std::move(artifacts), std::move(cgroups));
  return workshop;
}

// The hello of a warden that will make no sandbox: the reason in place of a step.
void say_why(int link, const Error& error) {
  WardenHello hello{};
  hello.type = WardenMessageType::kHello;
  hello.error = ECANCELED;
  error.text().copy(hello.step.data(), hello.step.size() - 1);
  LinkOutput(link).send(hello);
}

}  // namespace

int run_warden(const WardenOptions& options) {
  shed_inheritance(options);
  const Log log(options.log_fd, options.log_level);
  UniqueFd link(options.link);
  const auto workshop = set_up(options);
  if (!workshop) {
    log.error(workshop.error().at("warden").text());
    say_why(link.get(), workshop.error());
    return 1;
  }
  const Status ended = WardenLoop(std::move(link), *workshop->stems, options.stems_ahead, workshop->walls, log).run();
  if (ended) return 0;
  log.error(ended.error().at("warden").text());
  return 1;
}

}  // namespace sojourn
