#include "runtime/sandbox/policy/cgroup_search.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

namespace sojourn {
namespace {

struct Controller {
  std::string_view name;
  CgroupControllers bit;
};
constexpr Controller kControllers[] = {{"memory", kCgroupMemory}, {"pids", kCgroupPids}, {"cpu", kCgroupCpu}};

struct Mount {
  std::string root;   // what of the hierarchy is mounted
  std::string point;  // where
  std::string type;
  std::string options;
};

std::string file_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has_item(std::string_view list, std::string_view item) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == item) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// "id parent major:minor root point options [tags] - type source options"
std::vector<Mount> read_mounts(const std::string& mountinfo) {
  std::vector<Mount> mounts;
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Mount mount;
    std::string word, source;
    words >> word >> word >> word >> mount.root >> mount.point;
    while (words >> word && word != "-") {
    }
    if (words >> mount.type >> source >> mount.options) mounts.push_back(mount);
  }
  return mounts;
}

// The path of this process's group in the hierarchy with `controller` (empty: v2). "id:controllers:path"
std::string own_group(const std::string& own_groups, std::string_view controller) {
  std::istringstream lines(own_groups);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view names = std::string_view(line).substr(first + 1, second - first - 1);
    if (controller.empty() ? names.empty() : has_item(names, controller)) return line.substr(second + 1);
  }
  return {};
}

// Where a group is found below a mount that may show only a part of the hierarchy.
std::string directory_of(const Mount& mount, const std::string& group) {
  if (mount.root == "/") return mount.point + (group == "/" ? "" : group);
  if (group.compare(0, mount.root.size(), mount.root) == 0) return mount.point + group.substr(mount.root.size());
  return mount.point;
}

}  // namespace

std::vector<CgroupPlace> find_cgroup_places(const std::string& mountinfo, const std::string& own_groups) {
  std::vector<CgroupPlace> places;
  const std::vector<Mount> mounts = read_mounts(mountinfo);
  for (const Controller& controller : kControllers) {
    const auto mount = std::find_if(mounts.begin(), mounts.end(), [&](const Mount& candidate) {
      return candidate.type == "cgroup" && has_item(candidate.options, controller.name);
    });
    const std::string group = own_group(own_groups, controller.name);
    if (mount == mounts.end() || group.empty()) continue;
    const std::string directory = directory_of(*mount, group);
    const auto same = std::find_if(places.begin(), places.end(),
                                   [&](const CgroupPlace& place) { return place.directory == directory; });
    if (same != places.end())
      same->controllers |= controller.bit;
    else
      places.push_back({directory, controller.bit, false});
  }
  const auto unified =
      std::find_if(mounts.begin(), mounts.end(), [](const Mount& mount) { return mount.type == "cgroup2"; });
  const std::string group = own_group(own_groups, "");
  if (unified == mounts.end() || group.empty()) return places;
  constexpr std::uint32_t kAll = kCgroupMemory | kCgroupPids | kCgroupCpu;
  const std::string own = directory_of(*unified, group);
  places.push_back({own, kAll, true});
  if (own != unified->point) places.push_back({unified->point, kAll, true});
  return places;
}

std::vector<CgroupPlace> find_cgroup_places() {
  return find_cgroup_places(file_text("/proc/self/mountinfo"), file_text("/proc/self/cgroup"));
}

}  // namespace sojourn
