#include "tests/harness/footprint.h"

#include <algorithm>
#include <sstream>
#include <unistd.h>

namespace sojourn::test {
namespace {

int entries(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::directory_iterator iterator(directory, error);
  if (error) return 0;
  return static_cast<int>(std::distance(begin(iterator), end(iterator)));
}

// The name of the group in which the server's warden keeps one group per template, or empty where there are none.
std::string cgroup_name(const Server& server) {
  for (pid_t pid : server.processes("template")) {
    const std::string groups = read_file("/proc/" + std::to_string(pid) + "/cgroup");
    const std::size_t begin = groups.find("sojourn-");
    if (begin != std::string::npos) return groups.substr(begin, groups.find('/', begin) - begin);
  }
  return {};
}

int cgroups_of(const std::string& name) {
  if (name.empty()) return 0;
  int count = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it("/sys/fs/cgroup", error), last; !error && it != last;
       it.increment(error)) {
    if (it->is_directory(error) && it->path().string().find(name) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

std::string Footprint::text() const {
  std::ostringstream text;
  text << "processes " << processes << ", gateway descriptors " << gateway_descriptors << ", mounts " << host_mounts
       << ", cgroups " << cgroups << ", stems " << stems << ", gateway memory " << gateway_memory_kib << " KiB";
  return text.str();
}

Footprint footprint(const Server& server) {
  Footprint now;
  now.processes = static_cast<int>(server.descendants().size());
  for (pid_t pid : server.processes("__gateway")) {
    const std::filesystem::path proc = "/proc/" + std::to_string(pid);
    now.gateway_descriptors += entries(proc / "fd");
    std::istringstream status(read_file(proc / "status"));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) now.gateway_memory_kib += std::stol(line.substr(6));
    }
  }
  const std::string mounts = read_file("/proc/self/mounts");
  now.host_mounts = static_cast<int>(std::count(mounts.begin(), mounts.end(), '\n'));
  now.cgroups = cgroups_of(cgroup_name(server));
  now.stems = entries(server.data() / "stems");
  return now;
}

double cpu_seconds(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string passed_over;
  for (int field = 3; field < 14; ++field) fields >> passed_over;
  double user = 0, kernel = 0;
  fields >> user >> kernel;
  return (user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace sojourn::test
